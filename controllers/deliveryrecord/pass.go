package deliveryrecord

import (
	"context"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/sharebook"
	"crier.dev/crier/internal/delivery/ledger"
	"crier.dev/crier/internal/delivery/lifecycle"
	"crier.dev/crier/internal/delivery/share"
)

// startPass writes the next pass into the record when it is due. The Job
// comes after that, so that there is never one that the record doesn't know.
func (s *scope) startPass(ctx context.Context) (bool, time.Duration, error) {
	work, err := s.work(ctx)
	if err != nil {
		return true, 0, err
	}
	next := lifecycle.NextPass(s.record, work, s.now)
	if next.Start != nil {
		if err := s.askLeave(ctx, &work); err != nil {
			return true, 0, err
		}
		next = lifecycle.NextPass(s.record, work, s.now)
	}
	switch {
	case next.Start != nil:
		return false, 0, s.begin(ctx, next.Start, work.Free)
	case next.Wait != nil:
		return true, s.wait(*next.Wait), nil
	case next.After != nil:
		s.state.NextPass = nil
		return s.goOn(ctx, *next.After)
	}
	return false, 0, nil
}

// work finds out what a record that is due has left to do. Nothing of it needs
// another object than those that were read.
func (s *scope) work(ctx context.Context) (work lifecycle.Work, err error) {
	if !lifecycle.Due(s.state, s.now) {
		return work, nil
	}
	if err := s.regenerate(ctx); err != nil {
		return work, err
	}
	if s.state.Pass != nil {
		if work.Left, err = s.unfinished(s.state.Pass); err != nil {
			return work, err
		}
	}
	// As if the pass had the Relay to itself: what it really may use is divided
	// from moment to moment.
	work.Connections = int32(share.Useful(sharebook.Limits(s.relay)))
	if until, paused := s.sheet.Pausing(s.now); paused {
		work.PausedUntil, work.PausedFor = until, s.sheet.Pause.Message
	}
	return work, nil
}

// askLeave finds out besides what keeps a pass from starting that nothing else
// does: who is suppressed, and what is left of the daily limit.
func (s *scope) askLeave(ctx context.Context, work *lifecycle.Work) error {
	known, err := s.heed(ctx)
	if err != nil || !known {
		work.SuppressedUnknown = true
		return err
	}
	daily := s.relay.Spec.Limits.Daily
	if daily == nil {
		return nil
	}
	free, until, err := s.freeToday(ctx, *daily)
	work.Free, work.FreeFrom = &free, until
	return err
}

// begin takes what the pass may send, and writes it into the record.
func (s *scope) begin(ctx context.Context, pass *crier.DeliveryPass, free *int64) error {
	if s.state.Pass == nil {
		if err := s.Store.Sweep(ctx, s.record, s.state.Frozen.Attempt); err != nil {
			return err
		}
	}
	if err := s.budget(ctx, pass, free); err != nil {
		return err
	}
	pass.Reached = s.reached(pass)
	lifecycle.Begin(s.state, pass)
	return s.save(ctx)
}

// wait tells people why the pass is put off, and says when to look again. What
// the pass is about is not forgotten.
func (s *scope) wait(w lifecycle.Wait) time.Duration {
	if w.Cause != "" {
		s.noteTrouble(w.Cause, w.Message)
		s.state.WaitsUntil = nil
		if !w.Until.IsZero() {
			s.state.WaitsUntil = &metav1.Time{Time: w.Until}
		}
	}
	switch {
	case w.Cause == crier.ReasonSuppressionNotReady:
		return whileSending // that is known again within seconds
	case w.Until.IsZero():
		return whileWaiting
	}
	return max(time.Second, min(whileWaiting, w.Until.Sub(s.now)))
}

// regenerate makes every shard forget the last generation of messages before
// any sender of a new one starts.
func (s *scope) regenerate(ctx context.Context) error {
	for i := range s.shards {
		if !ledger.Regenerate(&s.shards[i].State, s.state.Generation) {
			continue
		}
		if err := s.Client.Update(ctx, &s.shards[i]); err != nil {
			return err
		}
	}
	s.sum()
	return nil
}

// unfinished says whether the pass has not come to everybody whom it selects
// and who can be reached.
func (s *scope) unfinished(pass *crier.DeliveryPass) (bool, error) {
	for i := range s.shards {
		if s.isGone(&s.shards[i]) {
			continue
		}
		if left, err := s.leftIn(&s.shards[i], pass); err != nil || left {
			return left, err
		}
	}
	return false, nil
}

// leftIn says whether the pass has not come to everybody in a shard.
func (s *scope) leftIn(shard *crier.DeliveryShard, pass *crier.DeliveryPass) (bool, error) {
	all := shard.State
	all.Until = nil // those who have to wait are left as well
	return ledger.HasWork(&all, ledger.Pass{Number: pass.Number, Selects: pass.Selects, Generation: s.state.Generation})
}

func (s *scope) noteTrouble(cause, message string) {
	for _, t := range []*crier.RelayTrouble{s.state.Trouble, s.before.Trouble} {
		if t != nil && t.Cause == cause {
			s.state.Trouble = t
			return
		}
	}
	s.state.Trouble = &crier.RelayTrouble{Cause: cause, Message: message, Since: metav1.NewTime(s.now)}
}
