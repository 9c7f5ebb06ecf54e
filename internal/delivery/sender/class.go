package sender

import (
	"math/rand/v2"
	"reflect"
	"time"

	"crier.dev/crier/internal/delivery/breaker"
	"crier.dev/crier/internal/delivery/handout"
	"crier.dev/crier/internal/delivery/share"
)

// class are the recipients of one destination.
type class struct {
	name      string
	limit     share.Limit // of all classes but ""
	air       int
	notBefore time.Time
	breaker   *breaker.Breaker[place]
	held      map[place]*flight
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
func (d *dispatcher) destinations(all []handout.Destination) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.lists(all) {
		return
	}
	clear(d.domains)
	named := map[string]bool{}
	for _, destination := range all {
		for _, domain := range destination.Domains {
			d.domains[domain] = d.class(destination.Name)
		}
		named[destination.Name] = true
	}
	d.named = named
	for _, f := range d.queue { // who waits does so where he belongs now
		f.class = d.classes[""]
		if c := d.domains[domainOf(f.recipient())]; c != nil {
			f.class = c
		}
	}
	d.change.Broadcast()
}

// lists says whether these are the destinations that are known.
func (d *dispatcher) lists(all []handout.Destination) bool {
	same := reflect.DeepEqual(d.listed, all)
	d.listed = all
	return same
}

// limit sets what may be used of each destination. One that the ration doesn't
// name may use nothing of its own.
func (d *dispatcher) limit(limits map[string]share.Limit) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for name, c := range d.classes {
		if name == "" {
			continue
		}
		d.slow(interval(c.limit), interval(limits[name]))
		c.limit = limits[name]
	}
}

// interval is the time between two messages of a destination.
func interval(l share.Limit) time.Duration {
	if l.PerSecond <= 0 {
		return 0
	}
	return time.Duration(float64(time.Second) / l.PerSecond)
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
