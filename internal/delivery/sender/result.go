package sender

import (
	"time"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/delivery/ledger"
	"crier.dev/crier/internal/redact"
	"crier.dev/crier/internal/smtp/outcome"
)

// touches says whether an outcome is about the recipient. What the relay says
// about itself, its login or its quota before it has looked at the recipient
// is not: the message waits for the relay.
func touches(o outcome.Outcome) bool {
	switch {
	case o.State == outcome.NotTried, o.Cause == outcome.CauseQuota:
		return false
	case o.Scope != outcome.ScopeRelay:
		return true
	}
	switch o.Phase {
	case outcome.PhaseRcpt, outcome.PhaseData, outcome.PhaseBody, outcome.PhaseDot:
		return true
	}
	return false
}

var stateOf = map[outcome.State]crier.DeliveryState{
	outcome.Accepted: crier.DeliveryAccepted, outcome.Failed: crier.DeliveryFailed,
	outcome.Deferred: crier.DeliveryDeferred, outcome.Unknown: crier.DeliveryUnknown,
	outcome.NotTried: crier.DeliveryPending,
}

// settled is the result of an outcome that touches the recipient, whose address
// is hidden in its reply.
func settled(index int, o outcome.Outcome, now time.Time) ledger.Result {
	return ledger.Result{
		Index: index, State: stateOf[o.State], Counts: o.CountsAttempt, At: now,
		Reply: crier.ShardReply{
			Phase: string(o.Phase), Code: int32(o.Reply.Code), Enhanced: o.Reply.Enhanced,
			Text: o.Reply.Text, Cause: string(o.Cause), Scope: string(o.Scope),
		},
	}
}

// untried is the result of a recipient that nothing was sent to.
func untried(index int) ledger.Result {
	return ledger.Result{Index: index, State: crier.DeliveryPending}
}

// unmade is the result of a message that can't be made for the recipient.
func unmade(index int, reason, address string, now time.Time) ledger.Result {
	return ledger.Result{
		Index: index, State: crier.DeliveryFailed, Counts: true, At: now,
		Reply: crier.ShardReply{
			Text: redact.Hide(redact.Clean(reason, redact.MaxWords), address), Cause: string(outcome.CauseRenderFailed),
			Scope: string(outcome.ScopeRecipient),
		},
	}
}

// leftOut is the result of a recipient who must not be written to. It uses up
// no try: if the suppression ends, a resend may reach him.
func leftOut(index int, reason crier.SuppressionReason, now time.Time) ledger.Result {
	return ledger.Result{
		Index: index, State: crier.DeliverySuppressed, At: now,
		Reply: crier.ShardReply{Cause: string(reason), Scope: string(outcome.ScopeRecipient)},
	}
}

// unanswered is the result of a message that was ended and whose reply was
// not waited for any longer.
func unanswered(index int, now time.Time) ledger.Result {
	return ledger.Result{
		Index: index, State: crier.DeliveryUnknown, Counts: true, At: now,
		Reply: crier.ShardReply{
			Phase: string(outcome.PhaseDot), Cause: string(outcome.CauseTimeout), Scope: string(outcome.ScopeMessage),
		},
	}
}
