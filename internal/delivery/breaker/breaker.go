// Package breaker decides when refusals are no longer about recipients: a
// relay that denies everybody must cost ten lines of its log, not a million,
// and must not make anybody fail. It knows no clock and no network.
package breaker

import (
	"math"
	"time"

	"crier.dev/crier/internal/smtp/outcome"
)

// Settings of a Breaker.
type Settings struct {
	// Canary is how many recipients go before the rest.
	Canary int
	// InARow is how many recipients in a row with the same cause stop the lane.
	InARow int
	// Window is how many of the last outcomes are looked at, and Most how
	// many of them may have the same cause.
	Window, Most int
	// Min and Max bound the time until the lane is tried again; it doubles.
	Min, Max time.Duration
	// Retry says that everybody has been refused for a time before. Then
	// another such refusal is no news: it is counted, and backs off by itself.
	Retry bool
}

// Defaults are the settings that senders use.
var Defaults = Settings{
	Canary: 10, InARow: 20, Window: 200, Most: 40, Min: 30 * time.Second, Max: 15 * time.Minute,
}

// Verdict says what becomes of an outcome.
type Verdict int

const (
	// Settle it as it is.
	Settle Verdict = iota
	// Hold it: nobody knows yet whether it is about the recipient.
	Hold
	// Untry it: the recipient is as if nothing had been sent.
	Untry
	// PutOff defers the recipient, and no attempt is counted.
	PutOff
)

// Decision is what follows from an outcome. K names a recipient.
type Decision[K comparable] struct {
	// This is about the recipient whose outcome it was.
	This Verdict
	// Held are all that were held before, and Then what becomes of them.
	Held []K
	Then Verdict
	// Revoke are recipients that were settled as failed and go back to deferred.
	Revoke []K
}

type state int

const (
	proving state = iota // the canary is under way
	closed               // messages flow
	open                 // nothing is sent
	probing              // one message finds out
)

// Breaker watches over one lane: what goes to one destination through one
// relay. It is not safe for concurrent use.
type Breaker[K comparable] struct {
	set    Settings
	jitter func() float64

	state state
	begun int // of the canary
	held  []K
	last  outcome.Cause // of those in a row
	row   int
	ring  []seen[K]
	wait  time.Duration // until the last probe; 0 if none failed
	until time.Time
	why   outcome.Outcome
}

type seen[K comparable] struct {
	who   K
	cause outcome.Cause
	// failed says that the recipient was settled as failed.
	failed bool
}

// New makes a Breaker whose canary is still to come. jitter returns a number
// of at least 0 and below 1.
func New[K comparable](set Settings, jitter func() float64) *Breaker[K] {
	return &Breaker[K]{set: set, jitter: jitter}
}

// NewProven makes a Breaker that needs no canary.
func NewProven[K comparable](set Settings, jitter func() float64) *Breaker[K] {
	b := New[K](set, jitter)
	b.state = closed
	return b
}

// Room is how many messages more may be begun now; when it is 0 for a time,
// wait says how long.
func (b *Breaker[K]) Room(now time.Time) (room int, wait time.Duration) {
	switch b.state {
	case proving:
		return max(0, b.set.Canary-b.begun), 0
	case open:
		if now.Before(b.until) {
			return 0, b.until.Sub(now)
		}
		return 1, 0
	case probing:
		return 0, 0
	}
	return math.MaxInt, 0
}

// Begin notes that a message was begun.
func (b *Breaker[K]) Begin() {
	switch b.state {
	case proving:
		b.begun++
	case open:
		b.state = probing
	}
}

// Drop notes that a message that was begun came to nothing: it says nothing
// about the lane.
func (b *Breaker[K]) Drop() {
	switch b.state {
	case proving:
		b.begun = max(0, b.begun-1)
	case probing:
		b.state = open
	}
}

// Forget notes that a recipient who was held is not waited for any more: he is
// as if nothing had been sent.
func (b *Breaker[K]) Forget(who K) {
	rest := without(b.held, who)
	if len(rest) == len(b.held) {
		return
	}
	b.held = rest
	b.begun = max(0, b.begun-1)
	b.row = max(0, b.row-1)
}

// End notes the outcome of a message that was begun.
func (b *Breaker[K]) End(who K, o outcome.Outcome, now time.Time) Decision[K] {
	switch {
	case b.set.Retry && o.State == outcome.Deferred && !o.Cause.AboutRecipient():
		b.Drop() // it shows nothing: a probe has to be made again
		return Decision[K]{}
	case !suspicious(o):
		return b.well()
	}
	switch b.state {
	case proving:
		return b.prove(who, o, now)
	case probing:
		b.trip(o, now)
		return Decision[K]{This: unlessUnknown(o, Untry)}
	case open:
		if o.Cause == b.why.Cause {
			return Decision[K]{This: unlessUnknown(o, PutOff)}
		}
		return Decision[K]{}
	}
	return b.watch(who, o, now)
}

// well is an outcome that shows the lane to work.
func (b *Breaker[K]) well() Decision[K] {
	d := Decision[K]{Held: b.held, Then: Settle}
	b.held, b.row = nil, 0
	switch b.state {
	case proving:
		b.state = closed
	case probing:
		b.state, b.wait, b.ring = closed, 0, nil
	case closed:
		b.remember(seen[K]{})
	}
	return d
}

// prove judges the canary: all of it must end in the same refusal.
func (b *Breaker[K]) prove(who K, o outcome.Outcome, now time.Time) Decision[K] {
	if b.row > 0 && o.Cause != b.last {
		b.state = closed
		d := Decision[K]{Held: b.held, Then: Settle}
		for _, k := range b.held { // more of the same may still revoke them
			b.remember(seen[K]{who: k, cause: b.last, failed: b.why.State == outcome.Failed})
		}
		b.held = nil
		b.count(who, o)
		return d
	}
	b.last = o.Cause
	b.row++
	if o.State != outcome.Unknown {
		b.held = append(b.held, who)
	}
	if b.row < b.set.Canary {
		b.why = o
		return Decision[K]{This: unlessUnknown(o, Hold)}
	}
	d := Decision[K]{This: unlessUnknown(o, Untry), Held: without(b.held, who), Then: Untry}
	b.held = nil
	b.trip(o, now)
	return d
}

// Flush judges a canary that is smaller than it should be, because there is
// nobody else: what is said of sender and relay stops the lane, anything else
// is taken for what it is.
func (b *Breaker[K]) Flush(now time.Time) Decision[K] {
	d := Decision[K]{Held: b.held, Then: Settle}
	if len(b.held) == 0 { // none are once the canary is over
		return Decision[K]{}
	}
	if b.why.Scope == outcome.ScopeSender || b.why.Scope == outcome.ScopeRelay || b.why.Cause == outcome.CauseRelayDenied {
		d.Then = Untry
		b.trip(b.why, now)
	}
	b.held, b.row = nil, 0
	b.begun = 0
	return d
}

// watch counts while messages flow.
func (b *Breaker[K]) watch(who K, o outcome.Outcome, now time.Time) Decision[K] {
	if !b.count(who, o) {
		return Decision[K]{}
	}
	d := Decision[K]{This: unlessUnknown(o, PutOff)}
	for _, s := range b.ring {
		if s.failed && s.cause == o.Cause && s.who != who {
			d.Revoke = append(d.Revoke, s.who)
		}
	}
	b.trip(o, now)
	return d
}

// count says whether it is enough.
func (b *Breaker[K]) count(who K, o outcome.Outcome) bool {
	if o.Cause != b.last {
		b.last, b.row = o.Cause, 0
	}
	b.row++
	b.remember(seen[K]{who: who, cause: o.Cause, failed: o.State == outcome.Failed})
	same := 0
	for _, s := range b.ring {
		if s.cause == o.Cause {
			same++
		}
	}
	return b.row >= b.set.InARow || same > b.set.Most
}

func (b *Breaker[K]) remember(s seen[K]) {
	if len(b.ring) >= b.set.Window {
		b.ring = b.ring[1:]
	}
	b.ring = append(b.ring, s)
}

func (b *Breaker[K]) trip(o outcome.Outcome, now time.Time) {
	b.wait = min(max(2*b.wait, b.set.Min), b.set.Max)
	b.state, b.why = open, o
	b.until = now.Add(b.wait/2 + time.Duration(b.jitter()*float64(b.wait/2)))
}

// Open says whether the lane is stopped, and by what.
func (b *Breaker[K]) Open() (outcome.Outcome, bool) {
	return b.why, b.state == open || b.state == probing
}

// Proven says whether the canary is over.
func (b *Breaker[K]) Proven() bool { return b.state != proving }

// suspicious says whether an outcome may be about the relay or the sender.
func suspicious(o outcome.Outcome) bool {
	switch o.State {
	case outcome.Failed, outcome.Deferred, outcome.Unknown:
		return !o.Cause.AboutRecipient()
	}
	return false
}

// unlessUnknown: what may have arrived can't be tried again, whatever it shows.
func unlessUnknown(o outcome.Outcome, v Verdict) Verdict {
	if o.State == outcome.Unknown {
		return Settle
	}
	return v
}

func without[K comparable](all []K, who K) []K {
	var rest []K
	for _, k := range all {
		if k != who {
			rest = append(rest, k)
		}
	}
	return rest
}
