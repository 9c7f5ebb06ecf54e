package subscriberset

import (
	"context"
	"errors"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/gather"
	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/cluster/rosterstore"
	"crier.dev/crier/internal/recipients/roster"
)

// judge compares what was read with the roster in use, and holds it back if
// that isn't plausible and nobody agreed to it.
func (s *scope) judge(ctx context.Context) (*reconcile.Verdict, error) {
	status := &s.set.Status
	if status.Roster == nil {
		s.change = roster.Difference{After: int64(s.result.Subscribers), Added: int64(s.result.Subscribers)}
		return nil, nil
	}
	if status.Roster.Digest == s.result.Digest {
		return nil, nil
	}
	var err error
	if s.change, _, err = s.compare(ctx, status.Roster.Digest, status.Roster.Parts, status.Subscribers); err != nil {
		return nil, err
	}
	if implausible(s.set.Spec.Guard, s.remote(), s.change) == "" {
		return nil, nil
	}
	near, err := s.near(ctx)
	if err != nil {
		return nil, err
	}
	if value := gather.Consent(s.set); value != "" && (gather.Named(value) == s.result.Digest || near && gather.Expected(s.set) != "") {
		s.accepted = value
		return nil, nil
	}
	if !near {
		if err := s.hold(ctx); err != nil {
			return nil, err
		}
	}
	now := s.now()
	status.Held.ReadAt, status.Held.Inputs = &now, s.inputs.Attempt(gather.Expected(s.set))
	if s.remote() {
		s.attempted(crier.ReasonSyncHeld, s.heldMessage(), 0)
	}
	return s.sumUp(), nil
}

// hold stores what was read, so that what is read later can be compared with
// it: a person agrees to what was shown, and a source moves on meanwhile.
func (s *scope) hold(ctx context.Context) error {
	if _, err := s.keep(ctx, true); err != nil {
		return err
	}
	since := s.now()
	if old := s.set.Status.Held; old != nil {
		since = old.Since
	}
	s.set.Status.Held = &crier.HeldSync{
		Digest: s.result.Digest, Subscribers: s.change.After, Added: s.change.Added, Removed: s.change.Removed, Since: since,
	}
	return nil
}

// near says whether what was read differs from what is held by no more than
// the guard would allow from one sync to the next.
func (s *scope) near(ctx context.Context) (bool, error) {
	held := s.set.Status.Held
	if held == nil {
		return false, nil
	}
	if held.Digest == s.result.Digest {
		return true, nil
	}
	d, exact, err := s.compare(ctx, held.Digest, s.parts.Count(held.Digest), held.Subscribers)
	if err != nil {
		return false, err
	}
	return exact && d.Before > 0 && implausible(s.set.Spec.Guard, s.remote(), d) == "", nil
}

// compare holds what was read against a stored roster. If that can't be read,
// exact is false and the numbers are the least that they can be.
func (s *scope) compare(ctx context.Context, digest string, parts int32, before int64) (d roster.Difference, exact bool, err error) {
	rows, err := s.sink.Rows()
	if err != nil {
		return d, false, errors.New("roster: can't be sorted") // the error could quote a subscriber
	}
	d, err = roster.Compare(s.openStored(ctx, digest, parts), rows)
	if errors.Is(err, rosterstore.ErrUnavailable) {
		after := int64(s.result.Subscribers)
		return roster.Difference{Before: before, After: after, Added: max(after-before, 0), Removed: max(before-after, 0)}, false, nil
	}
	return d, true, err
}

// openStored opens a roster that needs not be the one of the status.
func (s *scope) openStored(ctx context.Context, digest string, parts int32) roster.Rows {
	set := s.set.DeepCopy()
	set.Status.Roster = &crier.RosterStatus{Digest: digest, Parts: parts}
	return gather.Roster(ctx, s.Reader, s.Namespace, set)
}
