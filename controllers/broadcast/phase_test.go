package broadcast

import (
	"testing"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/reconcile"
)

func TestPhaseOf(t *testing.T) {
	for name, c := range map[string]struct {
		verdict reconcile.Verdict
		want    crier.BroadcastPhase
	}{
		"suspended":                     {reconcile.IsReady(crier.ReasonSuspended, "."), crier.PhaseSuspended},
		"held by the operator":          {reconcile.IsReady(crier.ReasonOperatorHold, "."), crier.PhaseHeld},
		"a relay that is busy sends":    {reconcile.IsReconciling(crier.ReasonRelayBusy, "."), crier.PhaseSending},
		"a limit of the day sends":      {reconcile.IsReconciling(crier.ReasonDailyLimit, "."), crier.PhaseSending},
		"a relay in trouble":            {reconcile.IsReconciling(crier.ReasonRelayTrouble, "."), crier.PhaseRetrying},
		"the deadline before the start": {reconcile.IsStalled(crier.ReasonDeadlineMissed, "."), crier.PhaseMissed},
		"the deadline, and nobody":      {reconcile.IsStalled(crier.ReasonDeadlinePassed, "."), crier.PhaseNotSent},
		"a fault of ours holds nothing": {reconcile.IsStalled(crier.ReasonInternal, "."), crier.PhasePending},
		"a person must do something":    {reconcile.IsStalled(crier.ReasonAudienceSize, "."), crier.PhaseHeld},
		"a person must, later":          {reconcile.IsStalled(crier.ReasonSenderNotAllowed, "."), crier.PhaseHeld},
		"something is to come first":    {reconcile.IsReconciling(crier.ReasonListNotReady, "."), crier.PhaseWaiting},
		"something is to come, later":   {reconcile.IsReconciling(crier.ReasonRelayNotReady, "."), crier.PhaseWaiting},
	} {
		if got := phaseOf(c.verdict); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
