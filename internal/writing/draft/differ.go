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
		case RelayOf(list) != RelayOf(lead):
			return lead.Name, list.Name, "leave through different Relays"
		case list.Spec.Purpose != lead.Spec.Purpose:
			return lead.Name, list.Name, fmt.Sprintf("have different purposes (%s and %s)", lead.Spec.Purpose, list.Spec.Purpose)
		}
	}
	return "", "", ""
}

// RelayOf names the Relay of a list: in the list's own namespace unless it says
// which.
func RelayOf(list *crier.MailingList) crier.NamespacedReference {
	ref := list.Spec.RelayRef
	if ref.Namespace == "" {
		ref.Namespace = list.Namespace
	}
	return ref
}
