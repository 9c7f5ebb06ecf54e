package subscriberset

import (
	"context"
	"errors"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/gather"
	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/recipients/source"
	"crier.dev/crier/internal/recipients/source/collect"
	"crier.dev/crier/internal/recipients/source/kinds"
)

// maxRead bounds a read whatever the source does: sources have time-outs of at
// most an hour.
const maxRead = 65 * time.Minute

// look finds out what there is: parts of rosters, and what the source reads.
func (s *scope) look(ctx context.Context) (*reconcile.Verdict, error) {
	var err error
	if s.parts, err = s.rosters().Parts(ctx, client.ObjectKeyFromObject(s.set)); err != nil {
		return nil, err
	}
	if s.inputs, err = gather.InputsOf(ctx, s.Reader, s.set, s.source); err != nil {
		return nil, err
	}
	if err := s.recover(ctx); err != nil {
		return nil, err
	}
	status := &s.set.Status
	if r := status.Roster; r != nil {
		s.whole = s.parts.Complete(r.Digest, r.Parts)
		s.current = s.whole && status.Sync != nil && s.inputs.SameSpec(status.Sync.Inputs, r.Digest)
		if s.current {
			r.Generation = s.set.Generation
		}
	}
	problem := kinds.Check(s.set.Spec.Source)
	if problem == nil {
		problem, err = s.cycle(ctx)
	}
	if problem != nil {
		return s.fail(problem), nil
	}
	return nil, err
}

// same says whether the roster in use was read with these inputs.
func (s *scope) same() bool {
	status := &s.set.Status
	return s.current && status.Sync.Inputs == s.inputs.Of(status.Roster.Digest)
}

// wait ends a pass in which nothing is to be read.
func (s *scope) wait(context.Context) (*reconcile.Verdict, error) {
	status := &s.set.Status
	if !s.remote() {
		if s.same() && status.Held == nil {
			return s.sumUp(), nil
		}
		return nil, nil
	}
	at := due(status, s.same(), s.inputs.Attempt(gather.Expected(s.set)), interval(s.set))
	if at.After(s.Clock.Now()) {
		return s.sumUp(), nil
	}
	if !s.current && s.previous.ObservedGeneration != s.set.Generation {
		v := reconcile.IsReconciling(crier.ReasonSyncPending, "The source is being read for the first time with these settings.").After(time.Millisecond)
		return &v, nil
	}
	if s.give = s.slots.takeRemote(s.set.Namespace); s.give == nil {
		v := s.sumUp().After(slotRetry)
		return &v, nil
	}
	return nil, nil
}

// read collects the subscribers.
func (s *scope) read(ctx context.Context) (*reconcile.Verdict, error) {
	if !s.remote() {
		if s.give = s.slots.takeLocal(ctx); s.give == nil {
			return nil, ctx.Err()
		}
	}
	limited, cancel := context.WithTimeout(ctx, maxRead)
	defer cancel()
	var last source.Mark
	if s.same() {
		last = source.Mark(s.set.Status.Sync.Mark)
	}
	s.sink = collect.New(s.set.Spec, s.limits, s.remote(), cancel)
	mark, err := s.source.Read(limited, s.host(), last, s.sink)
	var problem *source.Problem
	switch {
	case s.sink.Full():
		return s.fail(collect.TooMany()), nil
	case errors.Is(err, source.ErrUnchanged) && last != "":
		return s.confirm(mark), nil
	case errors.As(err, &problem):
		return s.fail(problem), nil
	case err != nil && ctx.Err() == nil && limited.Err() != nil:
		return s.fail(source.Say(source.Unavailable, "Reading it takes longer than %s.", maxRead)), nil
	case err != nil:
		return s.broken(ctx, err)
	}
	s.mark = mark
	s.result, err = s.sink.Outcome()
	switch {
	case errors.As(err, &problem):
		return s.fail(problem), nil
	case err != nil:
		return nil, errors.New("roster: can't be sorted") // the error could quote a subscriber
	}
	return nil, nil
}

// broken is an error of ours, or of the API server. A roster that can be used
// stays in use.
func (s *scope) broken(ctx context.Context, err error) (*reconcile.Verdict, error) {
	var api apierrors.APIStatus
	if !errors.As(err, &api) && ctx.Err() == nil {
		err = errors.New("the source failed without saying why") // the error could quote a subscriber
	}
	if !s.remote() || ctx.Err() != nil {
		return nil, err
	}
	log.FromContext(ctx).Error(err, "read of a source")
	s.attempted(crier.ReasonInternal, "Crier ran into an error and tries again; its log says more.", 0)
	return s.sumUp(), nil
}

// confirm is for a source that says that nothing has changed.
func (s *scope) confirm(mark source.Mark) *reconcile.Verdict {
	status := &s.set.Status
	status.Sync.At, status.Sync.Mark = s.now(), string(mark)
	status.Attempt, status.Held = nil, nil
	return s.sumUp()
}

// conclude puts what was found into the status.
func (s *scope) conclude(context.Context) (*reconcile.Verdict, error) {
	old := s.set.Status
	s.set.Status = status(old, s.result, s.set.Generation, s.result.Digest, int(s.count), s.Clock.Now())
	if s.set.Spec.RejectedRows == crier.RejectedRowsHide {
		s.set.Status.RejectedRows = nil
	}
	s.set.Status.Sync = s.synced(old)
	s.set.Status.Attempt, s.set.Status.Held = nil, nil
	s.current, s.fresh = true, true
	return s.sumUp(), nil
}

// synced is what is remembered of a read that is in use now.
func (s *scope) synced(old crier.SubscriberSetStatus) *crier.SyncStatus {
	sync := &crier.SyncStatus{}
	if old.Sync != nil {
		*sync = *old.Sync
	}
	sync.At, sync.Mark, sync.Inputs = s.now(), string(s.mark), s.inputs.Of(s.result.Digest)
	if old.Roster == nil || old.Roster.Digest != s.result.Digest {
		now := s.now()
		sync.ChangedAt, sync.Added, sync.Removed = &now, s.change.Added, s.change.Removed
	}
	if s.accepted != "" {
		sync.Accepted = s.accepted
	}
	return sync
}
