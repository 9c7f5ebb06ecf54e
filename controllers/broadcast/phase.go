package broadcast

import (
	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/reconcile"
)

// phases are the words that people see for reasons.
var phases = map[string]crier.BroadcastPhase{
	crier.ReasonScheduled:        crier.PhaseScheduled,
	crier.ReasonSuspended:        crier.PhaseSuspended,
	crier.ReasonOperatorHold:     crier.PhaseHeld,
	crier.ReasonPlanning:         crier.PhasePlanning,
	crier.ReasonSending:          crier.PhaseSending,
	crier.ReasonRelayBusy:        crier.PhaseSending,
	crier.ReasonDailyLimit:       crier.PhaseSending,
	crier.ReasonRelayTrouble:     crier.PhaseRetrying,
	crier.ReasonRetrying:         crier.PhaseRetrying,
	crier.ReasonSent:             crier.PhaseSent,
	crier.ReasonSentWithFailures: crier.PhaseSentWithFailures,
	crier.ReasonCancelled:        crier.PhaseCancelled,
	crier.ReasonDeadlineMissed:   crier.PhaseMissed,
	crier.ReasonRecipientsLost:   crier.PhaseMissed,
	crier.ReasonNoProgress:       crier.PhaseRetrying,
	crier.ReasonDeadlinePassed:   crier.PhaseNotSent,
	crier.ReasonNotSent:          crier.PhaseNotSent,
	crier.ReasonInternal:         crier.PhasePending,
}

// phaseOf is the word for a verdict: held when a person must do something,
// waiting for everything else.
func phaseOf(v reconcile.Verdict) crier.BroadcastPhase {
	if phase, ok := phases[v.Reason]; ok {
		return phase
	}
	if v.State == reconcile.Stalled {
		return crier.PhaseHeld
	}
	return crier.PhaseWaiting
}
