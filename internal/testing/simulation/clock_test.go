package simulation

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"
)

// nodeClock is the clock of a manager's node: off from when the process begins,
// and set to another time now and then. What a process measures by it isn't
// touched by that, as with any clock: only the wall is.
type nodeClock struct {
	dice *dice
	most time.Duration

	mu    sync.Mutex
	skew  time.Duration // in whole seconds
	until time.Time     // when it is set again
}

func newNodeClock(d *dice, most time.Duration) *nodeClock {
	c := &nodeClock{dice: d, most: most}
	c.set()
	return c
}

func (c *nodeClock) set() {
	if c.most > 0 {
		c.skew = c.dice.between(-c.most, c.most).Truncate(time.Second)
		c.until = time.Now().Add(c.dice.between(time.Minute, time.Hour))
	}
}

func (c *nodeClock) Now() time.Time {
	now := time.Now()
	if c.most == 0 {
		return now
	}
	c.mu.Lock()
	if now.After(c.until) {
		c.set()
	}
	skew := c.skew
	c.mu.Unlock()
	return withWall(now.Add(skew), time.Duration(now.UnixNano()))
}

// withWall is a time that shows at and measures by up, as that of a process does. In
// virtual time there is none, and package time makes none of two clocks: this is
// how it keeps them.
func withWall(at time.Time, up time.Duration) time.Time {
	const monotonic = 1 << 63
	since := time.Date(1885, 1, 1, 0, 0, 0, 0, time.UTC)
	made := struct {
		wall uint64
		ext  int64
		loc  *time.Location
	}{monotonic | uint64(at.Unix()-since.Unix())<<30 | uint64(at.Nanosecond()), int64(up), time.UTC}
	return *(*time.Time)(unsafe.Pointer(&made))
}

func (c *nodeClock) Since(at time.Time) time.Duration { return c.Now().Sub(at) }

// The clock of a node that is set shows another time, and measures as before.
func TestNodeClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newNodeClock(newDice(1, "clock"), time.Hour)
		before, at := c.Now(), time.Now()
		c.skew += 30 * time.Minute
		time.Sleep(time.Second)
		after := c.Now()
		if took := after.Sub(before); took != time.Second {
			t.Errorf("it measured %v", took)
		}
		if took := after.Round(0).Sub(before.Round(0)); took != 30*time.Minute+time.Second {
			t.Errorf("it shows %v later", took)
		}
		if off := before.Round(0).Sub(at.Round(0)); off == 0 || off.Abs() > time.Hour {
			t.Errorf("it is off by %v", off)
		}
	})
}
