package draft

import (
	"fmt"

	crier "crier.dev/crier/api/v1alpha1"
)

// Difference is why one message can't be of two lists.
type Difference struct {
	First, Other string // names of the lists
	how          string
}

// String says it to people, and what to do.
func (d Difference) String() string {
	return fmt.Sprintf("MailingLists %s and %s %s: one message can't go to both. Create a Broadcast for each.", d.First, d.Other, d.how)
}

// Differ compares the lists of one message with the first of them: it leaves
// through one Relay, and can be left or not. It finds those that differ.
func Differ(lists []*crier.MailingList) (found []Difference) {
	for i, list := range lists {
		switch first := lists[0]; {
		case i == 0:
		case list.RelayKey() != first.RelayKey():
			found = append(found, Difference{first.Name, list.Name, "leave through different Relays"})
		case list.Spec.Purpose != first.Spec.Purpose:
			found = append(found, Difference{first.Name, list.Name, fmt.Sprintf("have different purposes (%s and %s)", first.Spec.Purpose, list.Spec.Purpose)})
		}
	}
	return found
}
