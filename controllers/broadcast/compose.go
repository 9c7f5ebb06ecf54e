package broadcast

import (
	"context"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/reconcile"
)

// compose looks at the messages that were written while planning, so that
// what no sender could send, or no relay would take, is found before anything
// is frozen.
func (s *scope) compose(context.Context) (*reconcile.Verdict, error) {
	problem := s.unwritable
	if problem == nil {
		problem = s.planned.sizes.problem
	}
	if problem != nil {
		return verdict(reconcile.IsStalled(crier.ReasonInvalidMessage,
			"%sThe message can't be written: %s.", s.mendAdvice(), problem))
	}
	if sizes := s.planned.sizes; sizes.exact && sizes.refused > 0 && sizes.refused == sizes.measured {
		return verdict(reconcile.IsStalled(crier.ReasonInvalidMessage,
			"%sThe message can't be written for any recipient: %s.", s.mendAdvice(), sizes.refusals()))
	}
	largest := s.planned.sizes.largest
	if limit := s.relay.SizeLimit(); limit > 0 && largest > limit {
		return verdict(reconcile.IsStalled(crier.ReasonMessageTooLarge,
			"%sThe message has %d octets; the Relay takes %d.", s.mendAdvice(), largest, limit))
	}
	n, all := s.planned.Recipients, s.planned.sizes.all
	if limit := s.relay.Spec.Limits.MaxBroadcastBytes; limit > 0 && all > limit {
		about := "about "
		if s.planned.sizes.exact {
			about = ""
		}
		return verdict(reconcile.IsStalled(crier.ReasonMessageTooLarge,
			"%sThe message has up to %d octets, for %d recipients %s%d together; the Relay's maxBroadcastBytes is %d. Make it smaller: link what is attached.",
			s.mendAdvice(), largest, n, about, all, limit).After(whileWaiting))
	}
	return nil, nil
}
