package audience

import (
	"bytes"
	"errors"
	"io"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/roster"
)

// Fate is what becomes of a subscriber.
type Fate = fate

// The fates.
const (
	Excluded    = excluded
	NotSelected = notSelected
	Undecided   = undecided
	Suppressed  = suppressed
	Reached     = reached
)

// Answer is what becomes of one address.
type Answer struct {
	// Listed says that the address stands in a set of a list. Without it there
	// is nothing else.
	Listed bool
	Fate   Fate
	// Reason of those who are Suppressed.
	Reason crier.SuppressionReason
	// Subscriber as the list has them that reaches them, or of several that
	// don't, the one that comes closest.
	Subscriber roster.Subscriber
}

// Ask reads an audience as OfLists does, and says what becomes of the address
// with that key.
func Ask(key string, lists ...List) (answer Answer, err error) {
	a, asked := OfLists(lists...), []byte(key)
	for {
		chosen, err := a.step()
		if errors.Is(err, io.EOF) {
			return answer, nil
		}
		if err != nil {
			return Answer{}, err
		}
		if !bytes.Equal(chosen.row.Key, asked) {
			continue
		}
		answer = Answer{Listed: true, Fate: chosen.fate, Reason: chosen.reason}
		if answer.Subscriber, err = a.mark(chosen).Subscriber(); err != nil {
			return Answer{}, err
		}
	}
}
