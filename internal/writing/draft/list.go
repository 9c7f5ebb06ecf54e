package draft

import (
	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/address"
)

// Name is what a list is called before people.
func Name(list crier.MailingListSpec) string {
	if list.DisplayName != "" {
		return list.DisplayName
	}
	return string(list.Address)
}

// waysToLeave is where people leave a list; fields of the recipient may stand
// in it. A list of mandatory mail has no such place, and must not pretend to.
func waysToLeave(list crier.MailingListSpec) []string {
	if list.Purpose != crier.PurposeSubscribed || list.Unsubscribe == nil {
		return nil
	}
	var targets []string
	if list.Unsubscribe.URL != "" {
		targets = append(targets, list.Unsubscribe.URL)
	}
	if list.Unsubscribe.Mailto != "" {
		targets = append(targets, "mailto:"+string(list.Unsubscribe.Mailto))
	}
	return targets
}

// Spelled is an address as it goes over the wire: its domain in A-labels.
func Spelled(addr string) string {
	parsed, err := address.Parse(addr)
	if err != nil {
		return addr
	}
	return parsed.Spelled
}
