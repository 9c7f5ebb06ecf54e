package sender

import (
	"slices"
	"time"

	"crier.dev/crier/internal/delivery/ledger"
)

// put queues recipients.
func (d *dispatcher) put(flights []*flight) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.queue = append(d.queue, flights...)
	d.change.Broadcast()
}

// take gives a lane its next recipient; nil if there is none now, or, having
// waited, if there will be none. A lane that isn't among those that may work
// closes its connection before it waits.
func (d *dispatcher) take(l *lane, wait bool) *flight {
	d.mu.Lock()
	defer d.mu.Unlock()
	for !d.stopped {
		now := time.Now()
		if d.admit(l, now) {
			if f := d.pick(now); f != nil {
				return f
			}
		}
		switch {
		case !wait:
			return nil
		case !l.active && l.conn != nil:
			d.mu.Unlock()
			l.hangUp()
			d.mu.Lock()
		default:
			d.change.Wait()
		}
	}
	return nil
}

// admit says whether a lane is among those that may work. It makes way for
// another while it waits for the relay.
func (d *dispatcher) admit(l *lane, now time.Time) bool {
	pause := l.retryAt.Sub(now)
	if pause > 0 {
		d.wakeAfter(pause)
	}
	switch {
	case l.active && (pause > 0 || d.active > d.allowed):
		d.dismiss(l)
	case !l.active && pause <= 0 && d.active < d.allowed:
		l.active = true
		d.active++
		if d.interval > 0 {
			// Others may have used what this lane is allowed until now.
			l.notBefore = now.Add(d.interval)
		}
	}
	return l.active
}

func (d *dispatcher) dismiss(l *lane) {
	l.active = false
	d.active--
	d.change.Broadcast()
}

// pick is the first in the queue that may go now. Whoever waits for a time is
// woken then.
func (d *dispatcher) pick(now time.Time) *flight {
	for i, f := range d.queue {
		if !d.ready(f.class, now) || !f.stage.CompareAndSwap(queued, taken) {
			continue
		}
		d.queue = slices.Delete(d.queue, i, i+1)
		c := f.class
		c.air++
		c.breaker.Begin()
		if pause := interval(c.limit); pause > 0 {
			c.notBefore = now.Add(pause)
		}
		return f
	}
	return nil
}

func (d *dispatcher) ready(c *class, now time.Time) bool {
	if c.name != "" && c.air >= c.limit.Connections {
		return false
	}
	if pause := c.notBefore.Sub(now); pause > 0 {
		d.wakeAfter(pause)
		return false
	}
	room, _ := c.breaker.Room(now)
	return room > 0
}

// wakeAfter wakes the lanes after a time, unless they are woken before.
func (d *dispatcher) wakeAfter(pause time.Duration) {
	now := time.Now()
	if d.wakeAt.After(now) && !now.Add(pause).Before(d.wakeAt) {
		return
	}
	d.wakeAt = now.Add(pause)
	time.AfterFunc(pause, d.wake)
}

func (d *dispatcher) wake() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.change.Broadcast()
}

// recall takes back what a job has in the queue; each becomes untried.
func (d *dispatcher) recall(j *job) {
	d.mu.Lock()
	var back []*flight
	d.queue = slices.DeleteFunc(d.queue, func(f *flight) bool {
		if f.job != j || !f.stage.CompareAndSwap(queued, recalled) {
			return false
		}
		back = append(back, f)
		return true
	})
	d.mu.Unlock()
	for _, f := range back {
		f.end(untried(f.index))
	}
}

// drop ends a flight of which nothing came.
func (d *dispatcher) drop(f *flight, r ledger.Result) {
	d.mu.Lock()
	f.class.air--
	f.class.breaker.Drop()
	d.change.Broadcast()
	d.mu.Unlock()
	f.end(r)
}
