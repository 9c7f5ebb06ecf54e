package suppression

import (
	"context"
	"errors"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/cluster/userfiles"
	"crier.dev/crier/internal/recipients/suppression"
)

// permit refuses what only the people who run Crier may declare.
func (s *scope) permit(context.Context) (*reconcile.Verdict, error) {
	problem := suppression.Permit(s.object.Spec.Scope, s.object.Namespace, s.Namespace)
	if problem == nil {
		return nil, nil
	}
	s.object.Status.Addresses, s.object.Status.Rejected, s.object.Status.Roster = 0, 0, nil
	return unusable(problem)
}

// read collects the rows.
func (s *scope) read(ctx context.Context) (*reconcile.Verdict, error) {
	s.reading = suppression.NewReading(s.object.Spec, s.now)
	if csv := s.object.Spec.CSV; csv != nil {
		var err error
		// Before the files: one that changes in the meantime counts as unread.
		if s.inputs, err = userfiles.Versions(ctx, s.Reader, s.object.Namespace, csv); err != nil {
			return nil, err
		}
		if err = s.reading.Files(ctx, userfiles.Opener{Reader: s.Reader, Namespace: s.object.Namespace}); err != nil {
			return unusable(err)
		}
	}
	var err error
	if s.outcome, err = s.reading.Outcome(); err != nil {
		return unusable(err)
	}
	return nil, nil
}

// unusable makes a verdict of what its owner has to mend.
func unusable(err error) (*reconcile.Verdict, error) {
	var problem *suppression.Unusable
	if !errors.As(err, &problem) {
		return nil, err
	}
	v := reconcile.IsStalled(problem.Reason, "%s", problem.Message)
	if problem.Reason == crier.ReasonSourceNotFound { // it may be created without a change here
		v = reconcile.IsReconciling(problem.Reason, "%s", problem.Message).After(lookEvery)
	}
	return &v, nil
}

// store writes the parts that aren't there yet.
func (s *scope) store(ctx context.Context) (*reconcile.Verdict, error) {
	rows, err := s.reading.Rows()
	if err != nil {
		return nil, err
	}
	of := client.ObjectKeyFromObject(s.object)
	if s.parts, err = s.rosters().Write(ctx, of, s.outcome.Digest, rows); err != nil {
		return nil, err
	}
	s.note(ctx, of)
	return nil, nil
}

// note remembers what changed, so that running messages needn't look for all
// of their recipients. It comes before the status, which sends them looking.
// Without it they do, so that it may fail.
func (s *scope) note(ctx context.Context, of client.ObjectKey) {
	last := s.previous.Roster
	if last == nil || last.Digest == s.outcome.Digest {
		return
	}
	to := &crier.RosterStatus{Digest: s.outcome.Digest, Parts: s.parts}
	err := s.rosters().Note(ctx, of, last, to, s.reading.Rows, s.now)
	if err != nil {
		log.FromContext(ctx).Error(err, "note what changed: all recipients will be looked at")
	}
}

// conclude puts what was found into the status.
func (s *scope) conclude(ctx context.Context) (*reconcile.Verdict, error) {
	s.object.Status = s.status()
	missing := s.missing(ctx)
	v := s.summary(missing).After(s.lookAgain(missing != ""))
	return &v, nil
}

// tidy deletes what was stored before, but for a while what was there last. It
// runs after the status was written.
func (s *scope) tidy(ctx context.Context) error {
	of := client.ObjectKeyFromObject(s.object)
	status, before := s.object.Status.Roster, s.previous.Roster
	switch {
	case status == nil:
		return s.rosters().Tidy(ctx, of)
	case s.outcome.Digest == "" || s.outcome.Digest != status.Digest:
		return nil // it could not be read this time
	case s.untilTidy() <= 0:
		return s.rosters().Tidy(ctx, of, status.Digest)
	case before == nil || before.Digest == status.Digest:
		return nil // nothing else became old
	}
	return s.rosters().Tidy(ctx, of, status.Digest, before.Digest)
}
