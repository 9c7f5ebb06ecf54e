package broadcast

import (
	"context"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/words"
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
			"%sThe message can't be made: %s.", s.mendAdvice(), problem))
	}
	if sizes := s.planned.sizes; sizes.exact && sizes.refused > 0 && sizes.refused == sizes.measured {
		return verdict(reconcile.IsStalled(crier.ReasonInvalidMessage,
			"%sThe message can't be made for any recipient: %s.", s.mendAdvice(), sizes.refusals()))
	}
	largest := s.planned.sizes.largest
	if limit := s.relay.SizeLimit(); limit > 0 && largest > limit {
		return verdict(reconcile.IsStalled(crier.ReasonMessageTooLarge,
			"%sThe message has %s; the Relay accepts %s.", s.mendAdvice(), words.Count(largest, "octet"), words.Number(limit)))
	}
	n, all := s.planned.Recipients, s.planned.sizes.all
	if limit := s.relay.Spec.Limits.MaxBroadcastBytes; limit > 0 && all > limit {
		about := "about "
		if s.planned.sizes.exact {
			about = ""
		}
		return verdict(reconcile.IsStalled(crier.ReasonMessageTooLarge,
			"%sThe message has up to %s, or %s%s for %s together; the Relay's maxBroadcastBytes is %s. Make the message smaller: link to files instead of attaching them.",
			s.mendAdvice(), words.Count(largest, "octet"), about, words.Number(all), words.Count(n, "recipient"), words.Number(limit)).After(whileWaiting))
	}
	return nil, nil
}
