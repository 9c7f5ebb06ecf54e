package broadcast

import (
	"context"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/words"
)

// schedule waits while it isn't the time, and for a person while suspended
// or held.
func (s *scope) schedule(context.Context) (*reconcile.Verdict, error) {
	spec := s.broadcast.Spec
	switch {
	case spec.Suspend:
		return verdict(reconcile.IsReady(crier.ReasonSuspended,
			"Suspended; %s %s waiting. Set spec.suspend to false to send.%s",
			words.Count(s.planned.Recipients, "recipient"), words.Verb(s.planned.Recipients, "is"), s.leftOut()).After(s.untilDeadline()))
	case s.Hold:
		return verdict(reconcile.IsReady(crier.ReasonOperatorHold,
			"The platform team holds all mail: Crier runs with --hold-new-broadcasts. Nothing is sent until they lift the hold.").After(s.untilDeadline()))
	case spec.SendAt != nil && s.now.Before(spec.SendAt.Time):
		return verdict(reconcile.IsReady(crier.ReasonScheduled, "Scheduled for %s, to %s.%s",
			spec.SendAt.UTC().Format("2006-01-02 15:04:05 MST"), words.Count(s.planned.Recipients, "recipient"), s.leftOut()).After(spec.SendAt.Sub(s.now)))
	}
	return nil, nil
}
