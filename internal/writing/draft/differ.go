package draft

import (
	"fmt"

	crier "crier.dev/crier/api/v1alpha1"
)

// Differ says why one message can't be of several lists, and names the two
// that differ: it leaves through one Relay, and can be left or not. It is ""
// if it can.
func Differ(lists []*crier.MailingList) (first, other, how string) {
	for _, list := range lists[1:] {
		switch lead := lists[0]; {
		case list.RelayKey() != lead.RelayKey():
			return lead.Name, list.Name, "leave through different Relays"
		case list.Spec.Purpose != lead.Spec.Purpose:
			return lead.Name, list.Name, fmt.Sprintf("have different purposes (%s and %s)", lead.Spec.Purpose, list.Spec.Purpose)
		}
	}
	return "", "", ""
}
