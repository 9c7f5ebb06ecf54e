// Package heartbeat decides by the heartbeat of the ledger whether what the
// ledger says can be acted on: a ledger that nobody wrote to for a while may
// have been set back, by a restore of a backup, and knows nothing then of what
// was sent meanwhile.
package heartbeat

import "time"

// Interval is how often the manager that leads renews the heartbeat.
const Interval = time.Minute

// Beat is the heartbeat as it is stored.
type Beat struct {
	// Holder is the manager that wrote it; each process has a name of its own.
	Holder string
	// At is when that was, by its clock, in microseconds. It never goes back,
	// unless a new gap says so, whatever the clock does. Zero isn't known.
	At time.Time
	// Ledger tells this ledger from one that was made anew; "" isn't known.
	Ledger string
	// Gap holds what could have been sent in it; nil for none.
	Gap *Gap
	// Released is the gap that a person lets go on, as Gap.Name names it.
	Released string
}

// Holds is the gap that holds what could have been sent in it; nil for none. A
// release is about one gap: another that came since isn't released by it.
func (b *Beat) Holds() *Gap {
	if b == nil || b.Gap == nil || b.Released == b.Gap.Name() {
		return nil
	}
	return b.Gap
}

// Look is what a manager sees when it looks at the heartbeat.
type Look struct {
	// Found is what is stored; nil for nothing.
	Found *Beat
	// Ledger is that which is there, as Beat.Ledger.
	Ledger string
	// Used says of a heartbeat that isn't there that there was one: the ledger
	// has been written by a release that keeps it.
	Used bool
	// Known is what this process knows.
	Known Known
	// Leads says that this process leads: it takes the heartbeat over if that
	// is another's.
	Leads bool
	// Limit is how old a heartbeat may be that is taken over; 0 or less to make
	// no new gap at all.
	Limit time.Duration
	Now   time.Time
}

// Known is what one process knows of the heartbeat, in memory.
type Known struct {
	// Me is the name of the process, as Beat.Holder.
	Me string
	// Last is the newest time that it read or wrote; zero for none.
	Last time.Time
	// Tried is the time of a write whose answer didn't come.
	Tried time.Time
}

// NewGap says since when it isn't known what was sent, as far as this look
// shows; nil if all is well.
//
// While one process leads, only what is stored proves anything: it must be what
// that process wrote, whatever the clocks say. A restore may well leave the
// resource version higher than it was. At the change of leaders the clock must
// do, so it holds where it can't: a clock that jumps forward looks like a gap,
// and a time to come isn't taken for a fresh one.
func (l Look) NewGap() *Gap {
	found, known := l.Found, l.Known
	now := second(l.Now)
	switch {
	case l.Limit <= 0:
		return nil
	case found == nil:
		if known.Last.IsZero() && !l.Used {
			return nil // a first installation
		}
		return &Gap{To: now} // what there is may be of any time
	case found.At.IsZero(), found.Ledger != "" && found.Ledger != l.Ledger:
		return &Gap{To: now}
	case !known.Last.IsZero() && !l.expected():
		return &Gap{From: earlier(found.At, known.Last).Truncate(time.Second), To: now}
	case !l.Leads || found.Holder == known.Me:
		return nil
	}
	switch age := l.Now.Sub(found.At); {
	case age > l.Limit:
		return &Gap{From: found.At.Truncate(time.Second), To: now}
	case age < -Interval: // one of the clocks is wrong, and so is the age
		return &Gap{To: second(found.At)}
	}
	return nil
}

// expected says whether what was found can follow on what this process knows:
// it is that, or what another one wrote later.
func (l Look) expected() bool {
	at := l.Found.At
	if at.Equal(l.Known.Last) || at.Equal(l.Known.Tried) {
		return true
	}
	return l.Found.Holder != l.Known.Me && at.After(l.Known.Last)
}

// Next is the heartbeat that the process writes now, with what is held.
func (l Look) Next() Beat {
	next := Beat{Holder: l.Known.Me, Ledger: l.Ledger, At: l.Now.UTC().Truncate(time.Microsecond)}
	gap := l.NewGap()
	if l.Found != nil {
		if after := l.Found.At.Add(time.Microsecond); gap == nil && after.After(next.At) {
			next.At = after // or a ledger that is set back couldn't be told from a clock that is
		}
		gap = merge(l.Found.Holds(), gap)
	}
	next.Gap = gap
	return next
}

func merge(held, found *Gap) *Gap {
	if held == nil || found == nil {
		if held == nil {
			return found
		}
		return held
	}
	both := &Gap{From: earlier(held.From, found.From), To: held.To}
	if found.To.After(held.To) {
		both.To = found.To
	} else { // a clock that went back: still another gap, with a name of its own
		both.To = held.To.Add(time.Second)
	}
	return both
}

// earlier is the earlier of two times; zero, which is an unknown one, if either is.
func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// second is the time in whole seconds, not earlier.
func second(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.UTC().Add(time.Second - time.Nanosecond).Truncate(time.Second)
}
