package sender

import (
	"testing"
	"time"

	"crier.dev/crier/internal/delivery/breaker"
	"crier.dev/crier/internal/delivery/handout"
	"crier.dev/crier/internal/delivery/share"
	"crier.dev/crier/internal/smtp/outcome"
)

// slowWorker has one connection, over which hardly anything goes.
func slowWorker() *worker {
	timing := Timing{Lease: time.Minute, Breaker: breaker.Defaults, Renew: time.Second}
	w := &worker{
		relay:     &relay{timing: timing, readAt: time.Now()},
		allowance: &allowance{uptime: func() time.Duration { return 0 }, held: &share.Held{}},
		dispatch:  newDispatcher(timing), window: window{used: map[*job]int{}},
	}
	w.Connections, w.Timing = 1, timing
	w.relay.known.Store(&handout.Relay{Allowed: true})
	w.allowance.until.Store(1)
	w.dispatch.allow(1, 0)
	w.meter.rate = 0.1
	return w
}

// Recipients whom the canary holds wait for the others of it: these must be
// sent to, however small the intents of a slow relay are.
func TestWhoIsHeldLeavesRoomForTheCanary(t *testing.T) {
	w := slowWorker()
	j := &job{w: w, open: map[int]*flight{}}
	denied := outcome.Outcome{State: outcome.Failed, Cause: outcome.CauseRelayDenied}
	for i := range breaker.Defaults.Canary - 1 {
		more, wait := j.intake(t.Context())
		if more == 0 {
			t.Fatalf("%d are held, and nobody comes (wait %v)", i, wait)
		}
		f := &flight{job: j, index: i, class: w.dispatch.class("")}
		j.open[i] = f
		w.dispatch.canary.Begin()
		if d := w.dispatch.canary.End(f.place(), denied, time.Now()); d.This != breaker.Hold {
			t.Fatalf("the canary judges %v after %d", d.This, i+1)
		}
		f.class.held[f.place()] = f
	}
}
