package sender

import (
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	crier "crier.dev/crier/api/v1alpha1"
)

// onNode is a Store of a node whose clock is off.
type onNode struct {
	*memory
	ahead time.Duration
}

func (n onNode) Ahead() time.Duration { return n.ahead }

// A deadline goes by the API server's clock: a node that is an hour ahead sends to
// everybody before it, and one that is behind to nobody after it.
func TestDeadlineByTheServersClock(t *testing.T) {
	for name, c := range map[string]struct {
		ahead, deadline time.Duration // by the node's clock
		sent            bool
	}{
		"the node is ahead":              {-time.Hour, -30 * time.Minute, true},
		"the node is behind":             {time.Hour, 30 * time.Minute, false},
		"the node is ahead, and it over": {-time.Hour, -61 * time.Minute, false},
		"they agree":                     {0, time.Minute, true},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				f := newFixture(t, 1, 20, slow(0))
				f.options.Deadline = time.Now().Add(c.deadline)
				if err := Run(t.Context(), onNode{f.store, c.ahead}, f.options, slog.New(slog.NewJSONHandler(f.log, nil))); err != nil {
					t.Fatal(err)
				}
				if c.sent {
					f.want(crier.DeliveryTotals{Accepted: 20})
					if off := f.state(0).Date.Sub(time.Now().Add(c.ahead)).Abs(); off > time.Minute {
						t.Errorf("the messages' date is off by %s", off)
					}
				} else if f.sent() > 0 {
					t.Errorf("%d sent after the deadline", f.sent())
				}
			})
		})
	}
}

// A machine that a hypervisor paused for longer than a lease learns that from the
// next answer, though its own clocks stood still: it sends no more until it has
// written again.
func TestPausedMachine(t *testing.T) {
	virtual(t, func(t *testing.T) {
		f := newFixture(t, 1, 300, slow(10*time.Millisecond))
		var ahead atomic.Int64
		var cut atomic.Bool
		f.options.Timing.Renew = time.Second
		f.store.refuse = func(*crier.DeliveryShard) error {
			if cut.Load() {
				return apierrors.NewServiceUnavailable("away")
			}
			return nil
		}
		done := make(chan error, 1)
		go func() {
			done <- Run(t.Context(), paused{f.store, &ahead}, f.options, slog.New(slog.NewJSONHandler(f.log, nil)))
		}()
		f.until("some are sent", func() bool { return f.sent() >= 30 })
		cut.Store(true)
		ahead.Store(int64(f.options.Timing.Lease))
		time.Sleep(50 * time.Millisecond)
		before := f.sent()
		time.Sleep(time.Second)
		if after := f.sent(); after > before {
			t.Errorf("%d were sent after the lease", after-before)
		}
		cut.Store(false)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		f.want(crier.DeliveryTotals{Accepted: 300})
		f.truth()
	})
}

// paused is a Store of a machine that stands still at times.
type paused struct {
	*memory
	ahead *atomic.Int64
}

func (p paused) Ahead() time.Duration { return time.Duration(p.ahead.Load()) }
