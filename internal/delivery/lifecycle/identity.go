package lifecycle

import (
	"time"

	crier "crier.dev/crier/api/v1alpha1"
)

// Claim is what a Broadcast that stands in the cluster claims to be.
type Claim struct {
	UID          string
	NamespaceUID string
	Spec         crier.BroadcastSpec

	// Older says that the Broadcast is older than the ledger itself.
	Older bool
	// NamesRecord says that its status names a record.
	NamesRecord bool
}

// Identity is what a Claim turns out to be.
type Identity int

const (
	// Unseen is a Broadcast that no record knows: register it.
	Unseen Identity = iota
	// LedgerLost is a Broadcast whose record must have existed and is gone.
	LedgerLost
	// Same is the Broadcast that the record knows; go on.
	Same
	// Renewed is another object or other content before anything was
	// frozen: obey it.
	Renewed
	// Adopted is another object with the same content after the end: show
	// the result and send nothing.
	Adopted
	// AdoptedElsewhere is Adopted in a namespace that was created again:
	// show totals only, the people in it may be others.
	AdoptedElsewhere
	// Recreated is another object with the same content in the middle of
	// sending: deleting is how people stop, so hold.
	Recreated
	// Changed is the same object with other content after sealing, let
	// through by a wiped status: the frozen content goes on.
	Changed
	// Reused is another object with other content under a name that is not
	// free yet.
	Reused
	// NewRun is other content under a name whose last use is over, or came
	// to its end without a single recipient.
	NewRun
)

// Identify says what a Broadcast is by its record; record is nil when there
// is none.
func Identify(claim Claim, record *crier.DeliveryRecordState, now time.Time) Identity {
	if record == nil {
		if claim.Older || claim.NamesRecord {
			return LedgerLost
		}
		return Unseen
	}
	sameObject := record.BroadcastUID == claim.UID
	if record.Stage == crier.RecordRegistered {
		if sameObject {
			return Same
		}
		return Renewed
	}
	sameContent := SameContent(record.ContentHash, claim.Spec)
	switch {
	case sameObject && sameContent:
		return Same
	case record.Stage == crier.RecordSealed:
		return Renewed
	case sameContent:
		return identifyTwin(claim, record)
	case record.Stage == crier.RecordFinished && (record.Frozen == nil || !sameObject && over(record, now)):
		return NewRun
	case sameObject:
		return Changed
	default:
		return Reused
	}
}

// identifyTwin is about another object with the content of the record.
func identifyTwin(claim Claim, record *crier.DeliveryRecordState) Identity {
	if record.Stage == crier.RecordFrozen {
		return Recreated
	}
	if record.NamespaceUID != claim.NamespaceUID {
		return AdoptedElsewhere
	}
	return Adopted
}

// over says that every deadline that the record's run ever had has passed.
func over(record *crier.DeliveryRecordState, now time.Time) bool {
	until := TakenUntil(record)
	return until == nil || now.After(until.Time)
}
