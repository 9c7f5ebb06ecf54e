package lifecycle

import (
	"fmt"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/words"
)

const (
	// MaxOpen is how many Broadcasts of a namespace, with their tests, may wait
	// or be sent at a time. Urgent ones may be as many again.
	MaxOpen = 500
	// MaxKept is how many records are kept of a namespace, reports included. Each
	// takes some kilobytes of etcd and of the manager's memory.
	MaxKept = 10_000
)

// Kept counts the records of a namespace.
type Kept struct {
	// Open are those of Broadcasts and tests that aren't finished.
	Open int
	// All are those of any purpose and stage.
	All int
}

// Count counts a record.
func (k *Kept) Count(record *crier.DeliveryRecord) {
	k.All++
	if record.Spec.Purpose != crier.RecordReport && record.State.Stage != crier.RecordFinished {
		k.Open++
	}
}

// NoRoom says what keeps another Broadcast from being registered, and what to
// do, as the end of a sentence about the namespace; it is empty for nothing.
func (k Kept) NoRoom(urgent bool) string {
	open, all := MaxOpen, MaxKept
	if urgent {
		open, all = 2*open, 2*all
	}
	switch {
	case k.Open >= open:
		return fmt.Sprintf("%s that wait or are being sent, and no more are taken up. Delete some; ten minutes later there is room.",
			words.Count(k.Open, "Broadcast"))
	case k.All >= all:
		return fmt.Sprintf("%s of what was sent, and no more are kept. Delete old Broadcasts, also in Git: 30 days after "+
			"that and after their deadlines their records go.", words.Count(k.All, "record"))
	}
	return ""
}
