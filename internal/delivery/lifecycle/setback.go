package lifecycle

import (
	"time"

	crier "crier.dev/crier/api/v1alpha1"
)

// ReleaseSetBack ends the stop of a record that was set back, if the annotation of
// its Broadcast names the time at which that was seen: a person has said that
// it may go on by what the ledger says now, also if some get the message twice.
// It says whether it did.
func ReleaseSetBack(state *crier.DeliveryRecordState, broadcast *crier.Broadcast) bool {
	if state.SetBack == nil || broadcast == nil || broadcast.Annotations[crier.AnnotationReleaseSetBack] != SetBackID(state.SetBack) {
		return false
	}
	state.SetBack = nil
	return true
}

// SetBackID is what releases that one, and no later one.
func SetBackID(back *crier.RecordSetBack) string { return back.At.UTC().Format(time.RFC3339) }
