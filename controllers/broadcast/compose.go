package broadcast

import (
	"context"
	"errors"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/content"
	"crier.dev/crier/internal/kstatus"
	"crier.dev/crier/internal/message"
)

// compose writes one message as a sender would, so that what no sender could
// send, or no relay would take, is found before anything is frozen.
func (s *scope) compose(context.Context) (*kstatus.Verdict, error) {
	composer, err := message.NewComposer(s.message())
	if err != nil {
		return verdict(kstatus.IsStalled(crier.ReasonInvalidMessage,
			"%sThe message can't be written: %s.", s.mendAdvice(), err))
	}
	first, err := composer.Draft(s.audience.Recipients[0], 0, 0, s.now)
	var refused *content.Refused
	if errors.As(err, &refused) {
		return nil, nil // of this recipient alone, and counted as such
	}
	if err != nil {
		return verdict(kstatus.IsStalled(crier.ReasonInvalidMessage,
			"%sThe message can't be written: %s.", s.mendAdvice(), err))
	}
	if limit := s.sizeLimit(); limit > 0 && int64(len(first.Data)) > limit {
		return verdict(kstatus.IsStalled(crier.ReasonMessageTooLarge,
			"%sThe message has %d octets; the Relay takes %d.", s.mendAdvice(), len(first.Data), limit))
	}
	all := int64(len(first.Data)) * int64(len(s.audience.Recipients))
	if limit := s.relay.Spec.Limits.MaxBroadcastBytes; limit > 0 && all > limit {
		return verdict(kstatus.IsStalled(crier.ReasonMessageTooLarge,
			"%sThe message has %d octets, for %d recipients %d together; the Relay's maxBroadcastBytes is %d. Make it smaller: link what is attached.",
			s.mendAdvice(), len(first.Data), len(s.audience.Recipients), all, limit).After(whileWaiting))
	}
	return nil, nil
}

// sizeLimit is the size of the largest message that the Relay takes, in
// octets; 0 when nobody said.
func (s *scope) sizeLimit() int64 {
	limit := s.relay.Status.MaxMessageBytes
	if own := s.relay.Spec.Limits.MaxMessageBytes; own != nil && (limit == 0 || *own < limit) {
		limit = *own
	}
	return limit
}
