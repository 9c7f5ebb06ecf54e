package sender

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/ledger"
	"crier.dev/crier/internal/outcome"
	"crier.dev/crier/internal/roster"
)

// batchTime is how long a batch should take: the shorter, the less is unknown
// when a pod is lost.
const batchTime = 10 * time.Second

// firstBatch is small because nothing is known of the relay's speed.
const firstBatch = 20

var (
	errLost = errors.New("the claim of the shard was taken away")
	errHold = errors.New("nothing may be sent now")
)

// job is the work on one shard that this pod holds. One goroutine writes to
// the shard; the lanes only read.
type job struct {
	w          *worker
	recipients []roster.Subscriber
	date       time.Time
	journal    *journal
	size       int

	mu       sync.Mutex
	last     *crier.DeliveryShard // as it was last written
	written  time.Time            // before the last successful write was begun
	shown    string               // cause of the trouble that was written
	broken   error                // the first error that isn't about one recipient
	lost     bool
	refusals map[int]int
}

// newJob begins the work on a shard that was claimed by a write begun at a
// time. Before anything is intended there is a journal to note it in.
func (w *worker) newJob(shard *crier.DeliveryShard, recipients []roster.Subscriber, began time.Time) (*job, error) {
	file, err := openJournal(w.Files, shard.Name)
	if err != nil {
		return nil, err
	}
	if err := w.lookUp(w.patient); err != nil {
		w.log.Warn("the connection can't be read", "error", err.Error())
	}
	j := &job{
		w: w, recipients: recipients, journal: file, date: shard.State.Date.Time,
		size: max(firstBatch, w.Connections), refusals: map[int]int{},
	}
	j.wrote(shard, began)
	return j, nil
}

// flight is a recipient of the batch that is being sent.
type flight struct {
	index int
	ended atomic.Bool // the end of the message may have left
}

func (j *job) shard() *crier.DeliveryShard {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.last
}

func (j *job) state() *crier.DeliveryShardState { return &j.shard().State }

// may says whether a message may be begun or ended: the claim is ours for all
// we know, and what we know isn't too old.
func (j *job) may(ctx context.Context) bool {
	j.mu.Lock()
	ok := !j.lost && j.broken == nil && younger(j.written, j.w.Timing.Lease)
	j.mu.Unlock()
	return ok && j.w.halt(ctx) == nil && j.w.relay.wait() == 0
}

// fail notes an error that ends the work on everything.
func (j *job) fail(err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.broken == nil {
		j.broken = err
	}
}

// note writes to the journal what is known in memory too: if it fails, a
// crash leaves more unknown, and nothing worse.
func (j *job) note(e ledger.Entry) {
	if err := j.journal.note(e); err != nil {
		j.fail(err)
	}
}

// refusal is a message that didn't reach the point where it counts. When the
// relay hangs up at the same recipient again and again, it is about him.
func (j *job) refusal(index int, o outcome.Outcome, address string) (ledger.Result, bool) {
	afterMail := o.Phase == outcome.PhaseRcpt || o.Phase == outcome.PhaseData
	if o.Reply.Code == 0 || !afterMail || o.Cause == outcome.CauseQuota {
		return untried(index), false
	}
	j.mu.Lock()
	j.refusals[index]++
	often := j.refusals[index] >= maxRefusals
	j.mu.Unlock()
	if !often {
		return untried(index), false
	}
	o.State, o.CountsAttempt = outcome.Deferred, true
	return settled(index, o, address, time.Now()), false
}

// run does the pass in this shard. Nil: it is done, and the claim given back.
func (j *job) run(ctx context.Context) error {
	var results []ledger.Result
	for {
		if why := j.halt(ctx); why != nil {
			return j.leave(results, why)
		}
		if wait := j.ready(ctx); wait > 0 {
			if err := j.idle(ctx, results, wait); err != nil {
				return err
			}
			results = nil
			continue
		}
		batch, err := j.advance(results)
		if err != nil || len(batch) == 0 {
			return err
		}
		if results, err = j.send(ctx, batch); err != nil {
			return err
		}
	}
}

func (j *job) halt(ctx context.Context) error {
	j.mu.Lock()
	broken := j.broken
	j.mu.Unlock()
	if broken != nil {
		return broken
	}
	return j.w.halt(ctx)
}

// ready is how long to wait before the next batch. While the relay is in
// trouble a session must be had before anything is intended.
func (j *job) ready(ctx context.Context) time.Duration {
	r := j.w.relay
	if wait := r.wait(); wait > 0 || r.state() == nil {
		return wait
	}
	probe := j.w.lanes[0]
	if probe.connect(ctx) {
		return 0
	}
	if ctx.Err() == nil {
		r.failed(*probe.failure, probe.version)
	}
	return max(r.wait(), time.Millisecond)
}

// idle waits, with the claim renewed and the trouble shown.
func (j *job) idle(ctx context.Context, results []ledger.Result, wait time.Duration) error {
	trouble := j.w.relay.state()
	j.mu.Lock()
	due := len(results) > 0 || !younger(j.written, j.w.Timing.Renew) || trouble != nil && trouble.Cause != j.shown
	j.mu.Unlock()
	if due {
		err := j.write(func(s *crier.DeliveryShardState) error {
			s.Trouble = trouble
			return ledger.Settle(s, results)
		})
		if err != nil {
			return err
		}
	}
	sleep(ctx, min(wait, j.w.Timing.Renew))
	return nil
}

// advance writes what came of the last batch together with the intent of the
// next one, or gives the claim back if there is none.
func (j *job) advance(results []ledger.Result) (batch []int, err error) {
	err = j.write(func(s *crier.DeliveryShardState) error {
		s.Trouble = j.w.relay.state()
		if err := ledger.Settle(s, results); err != nil {
			return err
		}
		// An intent that is open now was written by a try whose answer was lost.
		if s.Intent == nil {
			next, err := ledger.NextBatch(s, j.w.Pass, j.batchSize())
			if err != nil {
				return err
			}
			if len(next) == 0 {
				batch = nil
				return ledger.Surrender(s)
			}
			if err := ledger.Begin(s, next, time.Now()); err != nil {
				return err
			}
		}
		batch, err = ledger.Open(s)
		return err
	})
	if err == nil && len(batch) > 0 {
		j.note(ledger.IntentEntry(j.state(), batch))
	}
	return batch, err
}

// batchSize keeps batches short in time. In trouble, one message finds out
// whether it is over.
func (j *job) batchSize() int {
	if j.w.relay.state() != nil {
		return 1
	}
	return max(1, min(j.size, ledger.MaxBatch))
}

// leave settles what is known and gives the claim back.
func (j *job) leave(results []ledger.Result, why error) error {
	err := j.write(func(s *crier.DeliveryShardState) error {
		if err := ledger.Settle(s, results); err != nil {
			return err
		}
		return ledger.Surrender(s)
	})
	if err != nil {
		return err
	}
	if dropErr := dropJournal(j.w.Files, j.shard().Name); dropErr != nil {
		j.w.log.Warn("the journal can't be removed", "error", dropErr.Error())
	}
	return why
}
