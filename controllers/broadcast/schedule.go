package broadcast

import (
	"context"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/delivery/lifecycle"
	"crier.dev/crier/internal/words"
)

// schedule waits while it isn't the time, and for a person while suspended
// or held.
func (s *scope) schedule(ctx context.Context) (*reconcile.Verdict, error) {
	gap, err := s.gap(ctx)
	if err != nil {
		return nil, err
	}
	hold := lifecycle.HoldFor(s.broadcast.Spec, s.Hold, gap != nil, s.deadline, s.now)
	if hold == nil {
		return nil, nil
	}
	var v reconcile.Verdict
	switch hold.Reason {
	case crier.ReasonSuspended:
		v = reconcile.IsReady(hold.Reason,
			"Suspended; %s %s waiting. Set spec.suspend to false to send.%s",
			words.Count(s.planned.Recipients, "recipient"), words.Verb(s.planned.Recipients, "is"), s.leftOut())
	case crier.ReasonOperatorHold:
		v = reconcile.IsReady(hold.Reason,
			"The platform team holds all mail: Crier runs with --hold-new-broadcasts. Nothing is sent until they lift the hold.")
	case crier.ReasonLedgerStale:
		return verdict(mayBeSent(gap))
	default:
		v = reconcile.IsReady(hold.Reason, "Scheduled for %s, to %s.%s",
			hold.Until.UTC().Format("2006-01-02 15:04:05 MST"), words.Count(s.planned.Recipients, "recipient"), s.leftOut())
	}
	v = v.After(max(time.Second, hold.Until.Sub(s.now)))
	return &v, nil
}
