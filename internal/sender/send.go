package sender

import (
	"context"
	"errors"
	"sync"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/ledger"
	"crier.dev/crier/internal/outcome"
)

// send sends to the recipients of an intent and returns the results that
// were not written yet. After a signal it waits for open replies for as long
// as the grace period lasts.
func (j *job) send(ctx context.Context, batch []int) ([]ledger.Result, error) {
	started := time.Now()
	b := j.launch(ctx, batch)
	defer b.stop()
	renew := time.NewTicker(j.w.Timing.Renew)
	defer renew.Stop()
	signal, grace := ctx.Done(), (<-chan time.Time)(nil)
	var fresh []ledger.Result
	var lost error
	for open := true; open; {
		select {
		case r, more := <-b.out:
			if open = more; more {
				fresh = append(fresh, r)
				b.settle(r)
			}
		case <-renew.C:
			if lost == nil {
				fresh, lost = j.renew(b, fresh)
			}
		case <-signal:
			signal, grace = nil, time.After(j.w.Timing.Grace)
		case <-grace:
			j.w.lanes = nil // they go on waiting, and end with the process
			return append(fresh, b.abandon()...), lost
		}
	}
	j.judge(b, started)
	return append(fresh, b.rest()...), lost
}

// renew writes that we are alive, and what is known so far, so that less is
// open if we are lost.
func (j *job) renew(b *batch, fresh []ledger.Result) ([]ledger.Result, error) {
	err := j.write(func(s *crier.DeliveryShardState) error { return ledger.Settle(s, fresh) })
	if err == nil {
		return nil, nil
	}
	b.stop()
	return fresh, err
}

// judge draws the conclusions about the relay and its speed once all lanes
// are at rest.
func (j *job) judge(b *batch, started time.Time) {
	var worst *lane
	for _, l := range b.lanes {
		if l.failure != nil && (worst == nil || l.failure.Cause == outcome.CauseAuthenticationFailed) {
			worst = l
		}
	}
	if b.touched > 0 {
		j.w.relay.worked()
		took := max(time.Since(started), time.Millisecond)
		j.size = max(j.w.Connections, int(min(ledger.MaxBatch, int64(b.touched)*int64(batchTime)/int64(took))))
	}
	if worst == nil || j.halt(b.ctx) != nil {
		return
	}
	if b.touched == 0 || worst.failure.Cause == outcome.CauseAuthenticationFailed || worst.failure.Cause == outcome.CauseQuota {
		j.w.relay.failed(*worst.failure, worst.version)
	}
}

// batch is an intent being sent.
type batch struct {
	ctx     context.Context
	stop    context.CancelFunc
	lanes   []*lane
	out     chan ledger.Result
	open    map[int]*flight
	touched int // recipients that something came of
}

// launch starts the lanes. out is closed when all are at rest, and has room
// for everything: no lane ever waits for the writer.
func (j *job) launch(ctx context.Context, indexes []int) *batch {
	b := &batch{out: make(chan ledger.Result, len(indexes)), open: make(map[int]*flight, len(indexes))}
	b.ctx, b.stop = context.WithCancel(ctx)
	work := make(chan *flight, len(indexes))
	for _, i := range indexes {
		f := &flight{index: i}
		b.open[i] = f
		work <- f
	}
	close(work)
	b.lanes = j.w.idleLanes(len(indexes))
	var running sync.WaitGroup
	for _, l := range b.lanes {
		running.Go(func() { l.run(b.ctx, j, work, b.out) })
	}
	go func() {
		running.Wait()
		close(b.out)
	}()
	return b
}

func (b *batch) settle(r ledger.Result) {
	delete(b.open, r.Index)
	if r.State != crier.DeliveryPending {
		b.touched++
	}
}

// rest are the recipients that no lane took up.
func (b *batch) rest() []ledger.Result {
	results := make([]ledger.Result, 0, len(b.open))
	for i := range b.open {
		results = append(results, untried(i))
	}
	return results
}

// abandon gives up on replies that didn't come in time.
func (b *batch) abandon() []ledger.Result {
	results := make([]ledger.Result, 0, len(b.open))
	for i, f := range b.open {
		if f.ended.Load() {
			results = append(results, unanswered(i, time.Now()))
			continue
		}
		results = append(results, untried(i))
	}
	return results
}

// idleLanes are at most n lanes that may be used now, at least one.
func (w *worker) idleLanes(n int) []*lane {
	if w.relay.state() != nil {
		return w.lanes[:1]
	}
	var lanes []*lane
	for _, l := range w.lanes {
		if len(lanes) < n && time.Now().After(l.retryAt) {
			lanes = append(lanes, l)
		}
	}
	if len(lanes) == 0 {
		return w.lanes[:1]
	}
	return lanes
}

// isQuiet says whether the work ended as it was meant to, with or without
// something left.
func isQuiet(err error) bool {
	return errors.Is(err, errGone) || errors.Is(err, errDeadline) || errors.Is(err, errWithdrawn) ||
		errors.Is(err, ledger.ErrPassOver)
}
