package sender

import (
	"context"
	"errors"
	"sync"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/delivery/ledger"
	"crier.dev/crier/internal/recipients/roster"
)

var (
	errLost = errors.New("the claim of the shard was taken away")
	errHold = errors.New("nothing may be sent now")
)

// job is the work on one shard that this pod holds. One goroutine writes to
// the shard and keeps an eye on its recipients; the lanes send to them.
type job struct {
	w          *worker
	index      int32
	recipients []roster.Subscriber
	date       time.Time
	journal    *journal
	epoch      int64
	pass       int32
	tried      int64 // the highest sequence that it may have written

	// open are the recipients of the intent; results what is known of some
	// of them and not written yet.
	open    map[int]*flight
	results chan ledger.Result
	fresh   []ledger.Result
	// last is set when nobody is left but those in the intent; tail is closed
	// some time before, when the next shard may be begun.
	last bool
	tail chan struct{}
	wake chan struct{} // there may be room for more
	idle time.Time     // since when only the breaker keeps this job from its end

	mu      sync.Mutex
	shard   *crier.DeliveryShard // as it was last written
	written time.Time            // before the last successful write was begun
	ahead   time.Duration        // the server's clock, then
	shown   string               // cause of the trouble that was written
	kept    int64                // ration that was written
	broken  error                // the first error that isn't about one recipient
	lost    bool
	hangUps map[int]int
	revoked []int // settled as failed, and to be taken back
}

// newJob begins the work on a shard that was claimed by a write begun at a
// time. Before anything is intended there is a journal to note it in.
func (w *worker) newJob(shard *crier.DeliveryShard, recipients []roster.Subscriber, began time.Time) (*job, error) {
	file, err := openJournal(w.Files, shard.Name)
	if err != nil {
		return nil, err
	}
	j := &job{
		w: w, index: shard.Spec.Index, recipients: recipients, journal: file, date: shard.State.Date.Time,
		epoch: shard.State.Claim.Epoch, pass: shard.State.Pass,
		open: map[int]*flight{}, results: make(chan ledger.Result, 2*ledger.MaxBatch), tail: make(chan struct{}),
		wake:    make(chan struct{}, 1),
		hangUps: map[int]int{},
	}
	j.wrote(shard, began, 0)
	w.enter(j)
	return j, nil
}

// may says whether a message may be begun or ended: the claim is ours for all
// we know, and what we know isn't too old.
func (j *job) may() bool {
	j.mu.Lock()
	written := j.written.Add(-j.w.slept(j.ahead))
	ok := !j.lost && j.broken == nil && younger(written, j.w.Timing.Lease)
	j.mu.Unlock()
	return ok && j.w.halt() == nil && j.w.granted() && j.w.knowsSuppressed()
}

// state is the shard as it was last written.
func (j *job) state() *crier.DeliveryShard {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.shard
}

// fail notes an error that ends the work on everything.
func (j *job) fail(err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.broken == nil {
		j.broken = err
	}
}

// hungUp counts how often a session ended at a recipient.
func (j *job) hungUp(index int) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.hangUps[index]++
	return j.hangUps[index]
}

// endEntry and resultEntry are journal entries of this claim.
func (j *job) endEntry(index int) ledger.Entry {
	return ledger.EndEntry(j.epoch, j.pass, index)
}

func (j *job) resultEntry(r ledger.Result) ledger.Entry {
	return ledger.ResultEntry(j.epoch, j.pass, r)
}

// run does the pass in this shard. Nil: it is done, and the claim given back.
func (j *job) run(ctx context.Context) error {
	defer j.w.leave(j)
	for {
		if why := j.halt(); why != nil {
			return j.close(ctx, why)
		}
		j.collect()
		more, wait := j.intake(ctx)
		switch {
		case more > 0 || j.finished() || j.due():
			done, err := j.advance(more)
			if err != nil {
				return j.quit(ctx, err)
			}
			if done {
				return nil
			}
		default:
			j.await(ctx, wait)
		}
	}
}

func (j *job) halt() error {
	j.mu.Lock()
	broken := j.broken
	j.mu.Unlock()
	if broken != nil {
		return broken
	}
	return j.w.halt()
}

// collect takes in the results that are there.
func (j *job) collect() {
	for {
		select {
		case r := <-j.results:
			j.take(r)
		default:
			return
		}
	}
}

func (j *job) take(r ledger.Result) {
	if j.open[r.Index] == nil {
		return // it was given up
	}
	delete(j.open, r.Index)
	j.fresh = append(j.fresh, r)
	if r.State != crier.DeliveryPending {
		j.w.meter.count(1, time.Now())
	} else {
		j.last = false // somebody has to be tried again
	}
}

// finished says whether nothing is in the intent but what is known.
func (j *job) finished() bool { return len(j.open) == 0 && j.last }

// due says whether the claim has to be renewed, or people told something new.
func (j *job) due() bool {
	cause := "" // the worker's lock is never taken within a job's
	if trouble := j.w.trouble(); trouble != nil {
		cause = trouble.Cause
	}
	_, less := j.w.allowance.keeps()
	j.mu.Lock()
	defer j.mu.Unlock()
	return !younger(j.written, j.w.Timing.Renew) || cause != j.shown || len(j.revoked) > 0 || j.kept < less
}

// await waits until something happens, or for a time.
func (j *job) await(ctx context.Context, wait time.Duration) {
	if wait <= 0 || wait > j.w.Timing.Renew {
		wait = j.w.Timing.Renew
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case r := <-j.results:
		j.take(r)
	case <-j.wake:
	case <-timer.C:
	case <-ctx.Done():
	}
}
