package broadcast

import (
	"testing"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/reconcile"
)

func TestPhaseOf(t *testing.T) {
	record := &crier.DeliveryRecord{}
	for name, c := range map[string]struct {
		verdict reconcile.Verdict
		record  *crier.DeliveryRecord
		want    crier.BroadcastPhase
	}{
		"suspended":                     {reconcile.IsReady(crier.ReasonSuspended, "."), nil, crier.PhaseSuspended},
		"held by the operator":          {reconcile.IsReady(crier.ReasonOperatorHold, "."), nil, crier.PhaseHeld},
		"a relay that is busy sends":    {reconcile.IsReconciling(crier.ReasonRelayBusy, "."), record, crier.PhaseSending},
		"a limit of the day sends":      {reconcile.IsReconciling(crier.ReasonDailyLimit, "."), record, crier.PhaseSending},
		"a relay in trouble":            {reconcile.IsReconciling(crier.ReasonRelayTrouble, "."), record, crier.PhaseRetrying},
		"the deadline before the start": {reconcile.IsStalled(crier.ReasonDeadlineMissed, "."), nil, crier.PhaseMissed},
		"the deadline, and nobody":      {reconcile.IsStalled(crier.ReasonDeadlinePassed, "."), record, crier.PhaseNotSent},
		"a fault of ours holds nothing": {reconcile.IsStalled(crier.ReasonInternal, "."), nil, crier.PhasePending},
		"a person must do something":    {reconcile.IsStalled(crier.ReasonAudienceSize, "."), nil, crier.PhaseHeld},
		"a person must, later":          {reconcile.IsStalled(crier.ReasonSenderNotAllowed, "."), record, crier.PhaseHeld},
		"something is to come first":    {reconcile.IsReconciling(crier.ReasonListNotReady, "."), nil, crier.PhasePending},
		"something is to come, later":   {reconcile.IsReconciling(crier.ReasonRelayNotReady, "."), record, crier.PhaseWaiting},
	} {
		if got := phaseOf(c.verdict, c.record); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
