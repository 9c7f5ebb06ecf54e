package sender

import (
	"math/rand/v2"
	"sync"
	"time"

	"crier.dev/crier/internal/delivery/breaker"
	"crier.dev/crier/internal/delivery/handout"
	"crier.dev/crier/internal/delivery/share"
)

// dispatcher hands the recipients of all jobs to the lanes, within what the
// ration, the destinations' limits and the breakers allow.
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
	slowed   time.Time         // when the last message has left that a faster ration had let through
	classes  map[string]*class // by name; "" is for all other domains
	domains  map[string]*class
	listed   []handout.Destination // as they were last read
	named    map[string]bool
	// canary watches over everything until the relay is proven.
	canary *breaker.Breaker[place]
	good   int // lanes whose last message reached the relay
	wakeAt time.Time
}

func newDispatcher(timing Timing) *dispatcher {
	d := &dispatcher{timing: timing, classes: map[string]*class{}, domains: map[string]*class{}}
	d.change = sync.NewCond(&d.mu)
	d.canary = breaker.New[place](timing.Breaker, rand.Float64)
	d.class("")
	return d
}

// lanes is how many lanes may work.
func (d *dispatcher) lanes() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.allowed
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
		d.slow(d.interval, interval)
		d.allowed, d.interval = lanes, interval
		d.change.Broadcast()
	}
}

// slow notes that messages must be farther apart. One of each lane may still
// come as soon as before.
func (d *dispatcher) slow(before, now time.Duration) {
	if until := time.Now().Add(before); now > before && until.After(d.slowed) {
		d.slowed = until
	}
}

// within says whether nothing goes on that was only allowed before a ration.
func (d *dispatcher) within(g share.Ration, now time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	for name := range g.Destinations {
		if !d.named[name] {
			return false // which domains these are isn't known yet
		}
	}
	for name, c := range d.classes {
		if name != "" && c.air > c.limit.Connections {
			return false
		}
	}
	return d.active <= d.allowed && !now.Before(d.slowed)
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
