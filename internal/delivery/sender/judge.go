package sender

import (
	"math/rand/v2"
	"slices"
	"time"

	"crier.dev/crier/internal/delivery/breaker"
	"crier.dev/crier/internal/delivery/ledger"
	"crier.dev/crier/internal/smtp/outcome"
)

// divert puts off what a job has in the queue for a destination that is
// stopped, while others flow: it must not keep these from being sent to.
func (d *dispatcher) divert(j *job) {
	now := time.Now()
	d.mu.Lock()
	flows := false
	for _, c := range d.classes {
		room, _ := c.breaker.Room(now)
		flows = flows || room > 0
	}
	var off []*flight
	if flows && len(d.classes) > 1 {
		d.queue = slices.DeleteFunc(d.queue, func(f *flight) bool {
			room, pause := f.class.breaker.Room(now)
			if f.job != j || room > 0 || pause == 0 || !f.stage.CompareAndSwap(queued, recalled) {
				return false
			}
			why, _ := f.class.breaker.Open()
			f.result = settled(f.index, why, now)
			off = append(off, f)
			return true
		})
	}
	d.mu.Unlock()
	for _, f := range off {
		d.conclude(f, breaker.PutOff)
	}
	if len(off) > 0 {
		j.journal.flush()
	}
}

// settle ends a flight by an outcome that touched its recipient; the breaker
// has the last word.
func (d *dispatcher) settle(f *flight, r ledger.Result, o outcome.Outcome) {
	d.mu.Lock()
	c := f.class
	c.air--
	f.result = r
	if c.name != "" {
		d.change.Broadcast() // somebody may wait for the room
	}
	decision := c.breaker.End(f.place(), o, time.Now())
	if decision.This == breaker.Hold {
		c.held[f.place()] = f
	}
	held := d.release(decision.Held)
	d.spread()
	d.mu.Unlock()
	if decision.This == breaker.Hold {
		f.note(untried(f.index)) // as good as that until it is judged
		f.job.journal.flush()
	} else {
		d.conclude(f, decision.This)
	}
	for _, h := range held {
		d.conclude(h, decision.Then)
		h.job.journal.flush()
	}
	f.job.w.revoke(decision.Revoke)
}

// release takes flights out of what is held.
func (d *dispatcher) release(places []place) []*flight {
	var out []*flight
	for _, p := range places {
		for _, other := range d.classes { // the canary is everybody's
			if f := other.held[p]; f != nil {
				delete(other.held, p)
				out = append(out, f)
			}
		}
	}
	if len(places) > 0 {
		d.change.Broadcast()
	}
	return out
}

// spread gives each class a breaker of its own once the canary is over.
func (d *dispatcher) spread() {
	if !d.canary.Proven() {
		return
	}
	for _, c := range d.classes {
		if c.breaker == d.canary && c.name != "" {
			c.breaker = breaker.NewProven[place](d.timing.Breaker, rand.Float64)
			d.change.Broadcast()
		}
	}
}

// conclude ends a flight the way it was judged.
func (d *dispatcher) conclude(f *flight, v breaker.Verdict) {
	r := f.result
	switch v {
	case breaker.Untry:
		r = untried(f.index)
	case breaker.PutOff:
		r = f.putOff()
	}
	f.note(r)
	f.end(r)
}

// flush judges a canary that nobody else can join.
func (d *dispatcher) flush() {
	d.mu.Lock()
	decision := d.canary.Flush(time.Now())
	held := d.release(decision.Held)
	d.mu.Unlock()
	for _, f := range held {
		d.conclude(f, decision.Then)
		f.job.journal.flush()
	}
}

// abandon gives up what is held of a job: it is as if it had not been tried.
func (d *dispatcher) abandon(j *job) {
	d.mu.Lock()
	var back []*flight
	for _, c := range d.classes {
		for p, f := range c.held {
			if f.job == j {
				delete(c.held, p)
				c.breaker.Forget(p)
				back = append(back, f)
			}
		}
	}
	d.mu.Unlock()
	for _, f := range back {
		f.end(untried(f.index))
	}
}

// heldOf is how many flights of a job the breaker holds.
func (d *dispatcher) heldOf(j *job) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := 0
	for _, c := range d.classes {
		for _, f := range c.held {
			if f.job == j {
				n++
			}
		}
	}
	return n
}

// tripped is what a lane was stopped by, if one is.
func (d *dispatcher) tripped() (outcome.Outcome, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range d.classes {
		if why, open := c.breaker.Open(); open {
			return why, true
		}
	}
	return outcome.Outcome{}, false
}
