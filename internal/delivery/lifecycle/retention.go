package lifecycle

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
)

const (
	// keepRecord is how long a record is kept after the later of its end
	// and its latest deadline, once its Broadcast is gone.
	keepRecord = 30 * 24 * time.Hour
	// keepUnsent is how long one is kept under which nothing was sent.
	keepUnsent = 10 * time.Minute
)

// ForgetAt is from when on nobody can need a record any more whose Broadcast
// is gone: long after nobody can bring that back by mistake. If nothing was
// sent under it, the next Broadcast of the name is as new as the last one was.
// It is zero while the Broadcast is there.
func ForgetAt(record *crier.DeliveryRecord) time.Time {
	state := &record.State
	if state.GoneAt == nil {
		return time.Time{}
	}
	if unsent(record) {
		return state.GoneAt.Add(keepUnsent)
	}
	end := state.FirstSeen.Time
	for _, t := range []*metav1.Time{state.FinishedAt, TakenUntil(state), state.GoneAt} {
		if t != nil && t.After(end) {
			end = t.Time
		}
	}
	return end.Add(keepRecord)
}

// unsent says that nothing was sent under a record, be it for a test, and that
// it hasn't come to an end that somebody may ask for.
func unsent(record *crier.DeliveryRecord) bool {
	early := record.State.Stage == crier.RecordRegistered || record.State.Stage == crier.RecordSealed
	return early && record.Spec.Purpose != crier.RecordReport && len(record.State.TestTokens) == 0
}
