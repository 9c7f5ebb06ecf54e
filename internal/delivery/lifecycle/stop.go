package lifecycle

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
)

// settleDeletion is how long a Broadcast must be gone before that is taken
// for a cancellation: clients that replace an object delete it first.
const settleDeletion = 30 * time.Second

// World is what the cluster says about a record that may be sent.
type World struct {
	// Held says that the operator was started to send nothing.
	Held bool
	// Stale says why the message may have been sent already, without the ledger
	// knowing of it, or is empty.
	Stale string
	// Restored names the restore that brought the record back, or is empty.
	Restored string
	// Broadcast is nil when there is none under the record's name.
	Broadcast *crier.Broadcast
	// NotGranted says why the Relay may not be used, or is empty.
	NotGranted string
	// NotReady says what a person must mend about the Relay, or is empty.
	NotReady string
	// Lost says what of the ledger is missing, or is empty.
	Lost string
	// Unreadable says what of the Broadcast can't be read, or is empty.
	Unreadable string
}

// Format is the version of what is frozen (message, recipients, shards) that this
// release writes. It reads those of the release before as well.
const Format = 1

// Newer says that a record was frozen by a release that came after this one, in
// a form that this one doesn't know: Crier was put back to an earlier release.
func Newer(state *crier.DeliveryRecordState) bool {
	return state.Frozen != nil && state.Frozen.Format > Format
}

// StopFor says why nothing may be sent for a record now, or nil. The deadline
// ends a record that is held as well, or it would be held for ever. A report
// is mailed whatever its Broadcast is told to do, a test copy as long as the
// Broadcast is there.
func StopFor(record *crier.DeliveryRecord, world World, now time.Time) *crier.RecordStop {
	state := &record.State
	at := metav1.NewTime(now)
	own := record.Spec.Purpose == crier.RecordBroadcast
	switch {
	case Newer(state): // nor is it ended: that is written to shards
		return &crier.RecordStop{Reason: crier.ReasonNewerRelease, At: at,
			Message: "it was frozen by a later release of Crier than the one that runs, which can't read it. The platform team must upgrade Crier again"}
	case record.Spec.Purpose != crier.RecordReport && world.Broadcast == nil:
		gone := state.GoneAt != nil && now.Sub(state.GoneAt.Time) >= settleDeletion
		return &crier.RecordStop{Reason: crier.ReasonCancelled, At: at, Final: gone,
			Message: "the Broadcast was deleted while it was being sent"}
	case state.Deadline != nil && !now.Before(state.Deadline.Time):
		return &crier.RecordStop{Reason: crier.ReasonDeadlineMissed, At: at, Final: true,
			Message: "the deadline has passed"}
	case world.Lost != "":
		return &crier.RecordStop{Reason: crier.ReasonLedgerLost, At: at, Message: world.Lost}
	case world.Stale != "":
		return &crier.RecordStop{Reason: crier.ReasonLedgerStale, At: at, Message: world.Stale}
	case world.Restored != "":
		return &crier.RecordStop{Reason: crier.ReasonRestored, At: at,
			Message: "it may have been sent after the backup was made: Velero restored its record (" + world.Restored + ")"}
	case own && string(world.Broadcast.UID) != state.BroadcastUID:
		return &crier.RecordStop{Reason: crier.ReasonRecreatedWhileSend, At: at,
			Message: "the Broadcast was deleted and created again while it was being sent"}
	case world.NotGranted != "":
		return &crier.RecordStop{Reason: crier.ReasonSenderNotAllowed, At: at, Message: world.NotGranted}
	case world.NotReady != "":
		return &crier.RecordStop{Reason: crier.ReasonRelayNotReady, At: at, Message: world.NotReady}
	case world.Held:
		return &crier.RecordStop{Reason: crier.ReasonOperatorHold, At: at,
			Message: "the operator runs with --hold-new-broadcasts and sends nothing"}
	case own && world.Unreadable != "":
		return &crier.RecordStop{Reason: crier.ReasonFieldUnreadable, At: at,
			Message: "it isn't known what the Broadcast asks for: " + world.Unreadable}
	case own && world.Broadcast.Spec.Suspend:
		return &crier.RecordStop{Reason: crier.ReasonSuspended, At: at, Message: "spec.suspend is true"}
	}
	return nil
}

// EndOf is the result of a record that a final stop ends. One that kept nobody
// from being sent to changes nothing: after a deadline that is so when everybody
// was tried, since those who are still deferred had until then. A deletion keeps
// those from their next try as well.
func EndOf(stop *crier.RecordStop, state *crier.DeliveryRecordState) string {
	reachable := Reachable(state)
	retries := reachable.Deferred > 0 && stop.Reason != crier.ReasonDeadlineMissed
	if reachable.Pending > 0 || retries {
		return stop.Reason
	}
	return Result(state.Totals)
}

// SameStop says whether two stops mean the same, whenever they were asked for.
func SameStop(a, b *crier.RecordStop) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Reason == b.Reason && a.Message == b.Message && a.Final == b.Final
}
