package lifecycle

import crier "crier.dev/crier/api/v1alpha1"

// Reachable are the recipients whose addresses are still there: only they can
// be sent to.
func Reachable(state *crier.DeliveryRecordState) crier.DeliveryTotals {
	t := state.Totals
	if state.Lost == nil {
		return t
	}
	lost := state.Lost.Totals
	return crier.DeliveryTotals{
		Intended: t.Intended - lost.Intended, Pending: t.Pending - lost.Pending, Accepted: t.Accepted - lost.Accepted,
		Failed: t.Failed - lost.Failed, Deferred: t.Deferred - lost.Deferred, Unknown: t.Unknown - lost.Unknown,
		Expired: t.Expired - lost.Expired, Suppressed: t.Suppressed - lost.Suppressed,
	}
}

// Todo is how many recipients a pass over those states has at most. All that
// are pending are in every pass.
func Todo(t crier.DeliveryTotals, selects []crier.DeliveryState) int64 {
	by := map[crier.DeliveryState]int64{
		crier.DeliveryAccepted: t.Accepted, crier.DeliveryFailed: t.Failed, crier.DeliveryDeferred: t.Deferred,
		crier.DeliveryUnknown: t.Unknown, crier.DeliveryExpired: t.Expired,
		crier.DeliverySuppressed: t.Suppressed,
	}
	sum := t.Pending
	for _, state := range selects {
		sum += by[state]
	}
	return sum
}

// Answered says whether anything came of the first messages, so that the
// rest may follow.
func Answered(t crier.DeliveryTotals) bool {
	return t.Accepted+t.Failed+t.Deferred+t.Unknown+t.Expired > 0
}
