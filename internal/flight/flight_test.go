package flight

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
)

func TestAFewAtATime(t *testing.T) {
	f := New(t.Context(), 3)
	var under, most, done atomic.Int32
	full := make(chan struct{})
	for range 50 {
		err := f.Do(func(context.Context) error {
			n := under.Add(1)
			for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
			}
			if n == 3 && done.Load() == 0 {
				close(full)
			}
			<-full // the first ones wait for each other
			under.Add(-1)
			done.Add(1)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Wait(); err != nil || done.Load() != 50 || most.Load() != 3 {
		t.Errorf("%v; %d done, %d at once", err, done.Load(), most.Load())
	}
}

func TestTheFirstErrorEndsIt(t *testing.T) {
	f, broken := New(t.Context(), 2), errors.New("broken")
	var cancelled atomic.Bool
	started := 0
	if err := f.Do(func(ctx context.Context) error {
		<-ctx.Done()
		cancelled.Store(true)
		return ctx.Err()
	}); err != nil {
		t.Fatal(err)
	}
	var err error
	for err == nil && started < 100 {
		started++
		err = f.Do(func(context.Context) error { return broken })
	}
	if !errors.Is(err, broken) || started > 3 {
		t.Errorf("Do: %v after %d", err, started)
	}
	if err := f.Wait(); !errors.Is(err, broken) || !cancelled.Load() {
		t.Errorf("Wait: %v, the other one cancelled: %t", err, cancelled.Load())
	}
}

func TestTheContextEndsIt(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	f := New(ctx, 1)
	err := f.Do(func(context.Context) error { t.Error("started"); return nil })
	if !errors.Is(err, context.Canceled) || !errors.Is(f.Wait(), context.Canceled) {
		t.Errorf("%v", err)
	}
}
