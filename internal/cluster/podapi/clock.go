package podapi

import (
	"net/http"
	"sync/atomic"
	"time"
)

// tolerated is the difference between two clocks that is none: the API server
// tells the time in whole seconds, and an answer takes a while.
const tolerated = 2 * time.Second

// serverClock compares the clock of the node with that of the API server, by the
// Date of its answers. What has to happen at a time goes by that: one clock for
// all pods, which a node whose own is off doesn't have.
type serverClock struct {
	ahead atomic.Int64 // of the node's, in nanoseconds
}

// learn takes in the Date of an answer to a request that was made at a time. An
// answer that took long says little.
func (c *serverClock) learn(date string, asked, answered time.Time) {
	at, err := http.ParseTime(date)
	if err != nil || answered.Sub(asked) > tolerated {
		return
	}
	ahead := at.Sub(answered.Round(0))
	if ahead.Abs() <= tolerated {
		ahead = 0
	}
	c.ahead.Store(int64(ahead))
}
