package sender

import (
	"context"
	"slices"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/delivery/ledger"
)

// tailLength is how many recipients before the end of a shard the next one is
// begun: to claim it and to read its recipients takes as long.
const tailLength = 4 * ledger.MaxBatch

// advance writes what is known of the recipients together with the intent to
// send to at most so many more. It says whether the pass is done here: then
// the claim was given back in the same write.
func (j *job) advance(more int) (done bool, err error) {
	results, revoked := j.fresh, j.takeRevoked()
	var batch []int
	err = j.write(func(s *crier.DeliveryShardState) error {
		s.Trouble = j.w.trouble()
		if err := settle(s, results, revoked); err != nil {
			return err
		}
		if batch, err = j.choose(s, more); err != nil {
			return err
		}
		// Whoever is in an intent that the journal doesn't know is unknown after a
		// crash: so it knows it first.
		if err := j.intend(batch); err != nil {
			return err
		}
		if done = s.Intent == nil && j.last; done {
			return ledger.Surrender(s)
		}
		return nil
	})
	if err != nil {
		return false, err
	}
	j.fresh = j.fresh[:0]
	j.forgetRevoked(revoked)
	j.w.window.keep(j, len(j.open)+len(batch))
	j.begin(batch)
	if j.last || int(j.state().State.Cursor) > len(j.recipients)-tailLength {
		j.tellTail()
	}
	return done, nil
}

// choose adds to the intent who comes next. Recipients of the intent that
// nobody here knows of were added by a write whose answer was lost.
func (j *job) choose(s *crier.DeliveryShardState, more int) (batch []int, err error) {
	intended, err := ledger.Open(s)
	if err != nil {
		return nil, err
	}
	for _, i := range intended {
		if j.open[i] == nil {
			batch = append(batch, i)
		}
	}
	if len(batch) > 0 {
		return batch, nil
	}
	if more == 0 && len(intended) > 0 {
		return nil, nil
	}
	if batch, err = ledger.NextBatch(s, j.w.Pass, max(more, 1)); err != nil {
		return nil, err
	}
	j.last = len(batch) < max(more, 1)
	if more == 0 {
		return nil, nil
	}
	return batch, ledger.Begin(s, batch, time.Now())
}

// intend notes in the journal who is about to be in the intent.
func (j *job) intend(batch []int) error {
	if len(batch) == 0 {
		return nil
	}
	return j.journal.commit(ledger.IntentEntry(j.epoch, j.pass, j.w.Boot, batch))
}

// begin puts a batch on its way.
func (j *job) begin(batch []int) {
	if len(batch) == 0 {
		return
	}
	flights := make([]*flight, 0, len(batch))
	for _, i := range batch {
		f := &flight{job: j, index: i, class: j.w.dispatch.classOf(j.recipients[i].Email)}
		j.open[i] = f
		flights = append(flights, f)
	}
	j.w.dispatch.put(flights)
}

// settle notes what came of recipients, and takes back what turned out not to
// be about them.
func settle(s *crier.DeliveryShardState, results []ledger.Result, revoked []int) error {
	if err := ledger.Settle(s, results); err != nil {
		return err
	}
	_, err := ledger.Revoke(s, revoked)
	return err
}

// takeRevoked is who can be taken back now: not who is still open, whose
// failure is on its way here.
func (j *job) takeRevoked() (revoked []int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, i := range j.revoked {
		if j.open[i] == nil {
			revoked = append(revoked, i)
		}
	}
	return revoked
}

func (j *job) forgetRevoked(done []int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.revoked = slices.DeleteFunc(j.revoked, func(i int) bool { return slices.Contains(done, i) })
}

func (j *job) tellTail() {
	select {
	case <-j.tail:
	default:
		close(j.tail)
	}
}

// close ends the work for a reason: it waits for what is in the air, settles
// what is known and gives the claim back.
func (j *job) close(ctx context.Context, why error) error {
	j.drain(ctx, true)
	results, revoked := j.fresh, j.takeRevoked()
	err := j.write(func(s *crier.DeliveryShardState) error {
		if err := settle(s, results, revoked); err != nil {
			return err
		}
		return ledger.Surrender(s)
	})
	if err != nil {
		return err
	}
	j.forgetRevoked(revoked)
	if dropErr := dropJournal(j.w.Files, j.state().Name); dropErr != nil {
		j.w.log.Warn("the journal can't be removed", "error", dropErr.Error())
	}
	return why
}

// quit ends the work without another write. What is in the air is waited for,
// so that the journal knows what came of it.
func (j *job) quit(ctx context.Context, err error) error {
	j.drain(ctx, false)
	return err
}

// drain waits until no lane has anything of the job any more. After a signal
// it waits for open replies for as long as the grace period lasts.
func (j *job) drain(ctx context.Context, renew bool) {
	tick := time.NewTicker(j.w.Timing.Tick)
	defer tick.Stop()
	signal, grace := ctx.Done(), (<-chan time.Time)(nil)
	for {
		j.w.dispatch.recall(j)
		j.w.dispatch.abandon(j)
		j.collect()
		if len(j.open) == 0 {
			return
		}
		select {
		case r := <-j.results:
			j.take(r)
		case <-tick.C:
			if renew && j.due() {
				renew = j.renew() == nil
			}
		case <-signal:
			signal, grace = nil, time.After(j.w.Timing.Grace)
		case <-grace:
			j.giveUp()
		}
	}
}

// renew writes that we are alive, and what is known so far, so that less is
// open if we are lost.
func (j *job) renew() error {
	results, revoked := slices.Clone(j.fresh), j.takeRevoked()
	err := j.write(func(s *crier.DeliveryShardState) error {
		s.Trouble = j.w.trouble()
		return settle(s, results, revoked)
	})
	if err == nil {
		j.fresh = j.fresh[:0]
		j.forgetRevoked(revoked)
	}
	return err
}

// giveUp stops waiting for replies that didn't come in time.
func (j *job) giveUp() {
	for i, f := range j.open {
		r := untried(i)
		if f.ended.Load() {
			r = unanswered(i, time.Now())
		}
		j.fresh = append(j.fresh, r)
		delete(j.open, i)
	}
}
