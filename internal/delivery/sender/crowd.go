package sender

import (
	"sync"
	"time"
)

// crowd is how many connections the relay seems to bear.
type crowd struct {
	mu    sync.Mutex
	limit int // 0 for no bound
	since time.Time
}

// crowdTime is after how long one connection more is tried.
const crowdTime = 30 * time.Second

func (c *crowd) halve(now int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.since) < time.Second {
		return // the same refusal, seen by another lane
	}
	c.limit, c.since = max(1, now/2), time.Now()
}

func (c *crowd) recover(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.limit > 0 && now.Sub(c.since) > crowdTime {
		c.limit, c.since = c.limit+1, now
	}
}

func (c *crowd) most() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.limit == 0 {
		return int(^uint(0) >> 1)
	}
	return c.limit
}
