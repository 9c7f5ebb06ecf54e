package lifecycle

import (
	"time"

	crier "crier.dev/crier/api/v1alpha1"
)

// Hold is why a Broadcast that could be sent isn't sent now.
type Hold struct {
	// Reason is Suspended, OperatorHold, LedgerStale or Scheduled.
	Reason string
	// Until is when it ends by itself: with the sending, or with the deadline.
	Until time.Time
}

// HoldFor says what holds a Broadcast that could be sent; nil for nothing. A
// person's hold is named before the operator's, and both before the time: they
// don't end by themselves. held says that the operator was started to send nothing,
// stale that the message may have been sent already.
func HoldFor(spec crier.BroadcastSpec, held, stale bool, deadline, now time.Time) *Hold {
	switch {
	case spec.Suspend:
		return &Hold{crier.ReasonSuspended, deadline}
	case held:
		return &Hold{crier.ReasonOperatorHold, deadline}
	case stale:
		return &Hold{crier.ReasonLedgerStale, deadline}
	case spec.SendAt != nil && now.Before(spec.SendAt.Time):
		return &Hold{crier.ReasonScheduled, spec.SendAt.Time}
	}
	return nil
}

// DefaultDeferral is how long recipients are tried again whom the relay defers,
// where a Broadcast doesn't say.
const DefaultDeferral = 24 * time.Hour

// MaxDeferral is how long recipients of a Broadcast are tried again whom the
// relay defers.
func MaxDeferral(spec crier.BroadcastSpec) time.Duration {
	if spec.MaxDeferral != nil {
		return spec.MaxDeferral.Duration
	}
	return DefaultDeferral
}

// OnUnknown is what is done about recipients of whom nobody knows whether they
// got the message: what the Broadcast says, or its leading list, or a report.
func OnUnknown(spec crier.BroadcastSpec, list crier.MailingListSpec) crier.UnknownPolicy {
	for _, policy := range []crier.UnknownPolicy{spec.OnUnknown, list.OnUnknown} {
		if policy != "" {
			return policy
		}
	}
	return crier.UnknownReport
}
