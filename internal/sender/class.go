package sender

import (
	"math/rand/v2"
	"time"

	"crier.dev/crier/internal/breaker"
	"crier.dev/crier/internal/connection"
	"crier.dev/crier/internal/share"
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
