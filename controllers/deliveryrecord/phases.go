package deliveryrecord

import (
	"context"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/delivery/lifecycle"
	"crier.dev/crier/internal/readable"
)

// save writes the state if it changed. Two managers that both believe to
// lead can't both succeed.
func (s *scope) save(ctx context.Context) error {
	if equality.Semantic.DeepEqual(*s.before, *s.state) {
		return nil
	}
	if err := s.Client.Update(ctx, s.record); err != nil {
		return err
	}
	s.before = s.state.DeepCopy()
	return nil
}

// look finds out what the cluster says about the record now.
func (s *scope) look(ctx context.Context) (bool, time.Duration, error) {
	if err := s.lookForBroadcast(ctx); err != nil {
		return true, 0, err
	}
	if err := s.lookForGap(ctx); err != nil {
		return true, 0, err
	}
	if s.state.Stage == crier.RecordFrozen {
		if err := s.lookForRelay(ctx); err != nil {
			return true, 0, err
		}
	}
	return false, 0, nil
}

// lookForGap finds out whether the message may have been sent without the ledger
// knowing of it. A test copy could be at any time before its Broadcast.
func (s *scope) lookForGap(ctx context.Context) error {
	if s.state.Frozen == nil || s.state.CompactedAt != nil {
		return nil // nothing is left to send
	}
	gap, err := s.Heart.Gap(ctx)
	if err != nil {
		return err
	}
	about := s.broadcast
	if s.record.Spec.Purpose == crier.RecordTest {
		about = nil
	}
	if gap.Holds(about, s.state) {
		s.stale = gap.Message()
	}
	return nil
}

func (s *scope) lookForBroadcast(ctx context.Context) error {
	broadcast := &crier.Broadcast{}
	key := client.ObjectKey{Namespace: s.record.Spec.Namespace, Name: s.record.Spec.Broadcast}
	err := s.Reader.Get(ctx, key, broadcast)
	if readable.Is(err) {
		s.unreadable, err = broadcast.Undecoded(), nil
	}
	switch {
	case apierrors.IsNotFound(err), err == nil && broadcast.DeletionTimestamp != nil:
		if s.state.GoneAt == nil {
			at := metav1.NewTime(s.now)
			s.state.GoneAt = &at
		}
		return nil
	case err != nil:
		return err
	}
	s.broadcast = broadcast
	s.state.GoneAt = nil
	lifecycle.ReleaseSetBack(s.state, broadcast)
	return nil
}

// retire deletes what is no longer needed of records that are over, and ends
// the pass for all that are not to be sent.
func (s *scope) retire(ctx context.Context) (bool, time.Duration, error) {
	switch s.state.Stage {
	case crier.RecordFrozen:
		return false, 0, nil
	case crier.RecordFinished:
		after, err := s.retireFinished(ctx)
		return true, after, err
	}
	if s.forgettable() {
		return true, 0, s.forget(ctx)
	}
	if s.broadcast == nil {
		return true, s.untilForgettable(), nil
	}
	return true, 0, nil
}

// obeyStop stops the senders when nothing may be sent, and ends the record
// when that is for good.
func (s *scope) obeyStop(ctx context.Context) (bool, time.Duration, error) {
	world := lifecycle.World{
		Held: s.Hold, Stale: s.stale, Broadcast: s.broadcast, NotGranted: s.refusal, NotReady: s.notReady, Lost: s.lost,
		Unreadable: s.unreadable,
	}
	if restore, held := lifecycle.HeldRestoreOf(s.record, s.broadcast); held {
		world.Restored = restore
	}
	stop := lifecycle.StopFor(s.record, world, s.now)
	if stop == nil {
		s.state.Stop, s.state.Stopped = nil, false
		return false, 0, nil
	}
	if !lifecycle.SameStop(stop, s.state.Stop) {
		s.state.Stop = stop
	}
	quiet, err := s.quiesce(ctx)
	if err != nil {
		return true, 0, err
	}
	s.state.Stopped = quiet
	if !quiet {
		return true, whileSending, nil
	}
	if err := s.returnShares(ctx); err != nil {
		return true, 0, err
	}
	s.closePass()
	if stop.Final && s.accounted() {
		// Who is to get it anew, and no pass has begun that, hasn't got it.
		if err := s.regenerate(ctx); err != nil {
			return true, 0, err
		}
	}
	if stop.Final {
		return true, whileSending, s.finish(ctx, lifecycle.Step{Finish: lifecycle.EndOf(stop, s.state), Expire: true})
	}
	return true, whileWaiting, nil
}

// endPass closes a pass whose Jobs are over.
func (s *scope) endPass(ctx context.Context) (bool, time.Duration, error) {
	pass := s.state.Pass
	if pass == nil || pass.EndedAt != nil || !pass.Created {
		return false, 0, nil
	}
	over, err := s.jobsOver(ctx)
	if err != nil {
		return true, 0, err
	}
	if !over {
		if err := s.doubt(ctx, pass); err != nil {
			return true, 0, err
		}
		if over, err = s.onlyLostLeft(pass); err != nil {
			return true, 0, err
		}
	}
	if !over {
		// Senders read it over and over: another password, another key.
		if _, err := s.heed(ctx); err != nil {
			return true, 0, err
		}
		s.noteWaiting()
		return true, whileSending, s.writeConnection(ctx, true)
	}
	if err := s.returnShares(ctx); err != nil {
		return true, 0, err
	}
	if quiet, err := s.quiesce(ctx); err != nil || !quiet {
		return true, whileSending, err
	}
	s.closePass()
	step, err := s.cutOff(pass)
	if err != nil {
		return true, 0, err
	}
	return s.goOn(ctx, step)
}

// goOn does what comes after the pass that has ended.
func (s *scope) goOn(ctx context.Context, step lifecycle.Step) (bool, time.Duration, error) {
	s.markTried()
	if step.Finish != "" {
		return true, whileSending, s.finish(ctx, step)
	}
	at := metav1.NewTime(step.At)
	s.state.NextPass = &crier.NextPass{At: at, Selects: step.Selects}
	return true, max(time.Second, step.At.Sub(s.now)), nil
}

// closePass notes that no sender of the pass is left.
func (s *scope) closePass() {
	if pass := s.state.Pass; pass != nil && pass.EndedAt == nil {
		s.chargeRest()
		at := metav1.NewTime(s.now)
		pass.EndedAt = &at
	}
}

// markTried notes when everybody had been tried once.
func (s *scope) markTried() {
	if s.state.TriedAt == nil && lifecycle.Reachable(s.state).Pending == 0 {
		at := metav1.NewTime(s.now)
		s.state.TriedAt = &at
	}
}

// finish ends the record as the step says.
func (s *scope) finish(ctx context.Context, step lifecycle.Step) error {
	if step.Expire {
		if err := s.expire(ctx); err != nil {
			return err
		}
	}
	at := metav1.NewTime(s.now)
	s.state.Stage = crier.RecordFinished
	s.state.Result = step.Finish
	s.state.FinishedAt = &at
	s.state.NextPass = nil
	s.state.Trouble, s.state.WaitsUntil = nil, nil
	s.state.Stop = nil
	s.state.Skew = nil
	s.kept.drop(s.record.Name)
	s.seen.Finished(s.record)
	return s.save(ctx)
}
