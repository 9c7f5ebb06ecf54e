package sender

import (
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"crier.dev/crier/internal/breaker"
	"crier.dev/crier/internal/connection"
	"crier.dev/crier/internal/ledger"
	"crier.dev/crier/internal/outcome"
	"crier.dev/crier/internal/share"
)

// dispatcher hands the recipients of all jobs to the lanes, within what the
// grant, the destinations' limits and the breakers allow.
type dispatcher struct {
	timing Timing

	mu      sync.Mutex
	change  *sync.Cond // whatever a lane may wait for
	queue   []*flight
	allowed int  // how many lanes may work
	active  int  // and do
	stopped bool // no lane gets anything more
	// interval between two messages of a lane, and of all lanes of a class.
	interval time.Duration
	classes  map[string]*class // by name; "" is for all other domains
	domains  map[string]*class
	// canary watches over everything until the relay is proven.
	canary *breaker.Breaker[place]
	good   int // lanes whose last message reached the relay
	wakeAt time.Time
}

// class are the recipients of one destination.
type class struct {
	name      string
	limit     share.Limit // of all classes but ""
	air       int
	notBefore time.Time
	breaker   *breaker.Breaker[place]
	held      map[place]*flight
}

func newDispatcher(timing Timing) *dispatcher {
	d := &dispatcher{timing: timing, classes: map[string]*class{}, domains: map[string]*class{}}
	d.change = sync.NewCond(&d.mu)
	d.canary = breaker.New[place](timing.Breaker, rand.Float64)
	d.class("")
	return d
}

// class finds or makes the class of that name.
func (d *dispatcher) class(name string) *class {
	c := d.classes[name]
	if c == nil {
		c = &class{name: name, breaker: d.canary, held: map[place]*flight{}}
		if d.canary.Proven() {
			c.breaker = breaker.NewProven[place](d.timing.Breaker, rand.Float64)
		}
		d.classes[name] = c
	}
	return c
}

// destinations says which domains have limits of their own.
func (d *dispatcher) destinations(all []connection.Destination) {
	d.mu.Lock()
	defer d.mu.Unlock()
	clear(d.domains)
	for _, destination := range all {
		for _, domain := range destination.Domains {
			d.domains[domain] = d.class(destination.Name)
		}
	}
}

// limit sets what may be used of each destination. One that the grant doesn't
// name may use nothing of its own.
func (d *dispatcher) limit(limits map[string]share.Limit) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for name, c := range d.classes {
		if name != "" {
			c.limit = limits[name]
		}
	}
}

// classOf is the class of a recipient.
func (d *dispatcher) classOf(addr string) *class {
	d.mu.Lock()
	defer d.mu.Unlock()
	if c := d.domains[domainOf(addr)]; c != nil {
		return c
	}
	return d.classes[""]
}

// lanes is how many lanes may work.
func (d *dispatcher) lanes() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.allowed
}

// put queues recipients.
func (d *dispatcher) put(flights []*flight) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.queue = append(d.queue, flights...)
	d.change.Broadcast()
}

// stop ends the work of all lanes once they have nothing in the air.
func (d *dispatcher) stop() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stopped = true
	d.change.Broadcast()
}

// allow says how many lanes may work, and how far apart each one's messages
// have to be.
func (d *dispatcher) allow(lanes int, interval time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if lanes != d.allowed || interval != d.interval {
		d.allowed, d.interval = lanes, interval
		d.change.Broadcast()
	}
}

// permits says whether the lane may go on with what it has in hand.
func (d *dispatcher) permits(l *lane) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return !d.stopped && l.active && d.active <= d.allowed
}

// count keeps how many lanes get their messages through.
func (d *dispatcher) count(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.good += n
}

// nobodyGood says whether no lane gets its messages through.
func (d *dispatcher) nobodyGood() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.good == 0
}

// pace is the time between two messages of a lane.
func (d *dispatcher) pace() time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.interval
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
		if c.limit.PerSecond > 0 {
			c.notBefore = now.Add(time.Duration(float64(time.Second) / c.limit.PerSecond))
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

// room is how many more recipients may be intended now. When it is none for a
// time, wait says how long.
func (d *dispatcher) room(now time.Time) (room int, wait time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range d.classes {
		free, pause := c.breaker.Room(now)
		room = max(room, free)
		if pause > 0 && (wait == 0 || pause < wait) {
			wait = pause
		}
	}
	if !d.canary.Proven() {
		room -= len(d.queue)
	}
	if room > 0 {
		return room, 0
	}
	return 0, wait
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
			f.result = settled(f.index, why, "", now)
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

// drop ends a flight of which nothing came.
func (d *dispatcher) drop(f *flight, r ledger.Result) {
	d.mu.Lock()
	f.class.air--
	f.class.breaker.Drop()
	d.change.Broadcast()
	d.mu.Unlock()
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
