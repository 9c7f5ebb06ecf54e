package draft

import (
	"strings"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/address"
)

// Name is what a list is called before people.
func Name(list crier.MailingListSpec) string {
	if list.DisplayName != "" {
		return list.DisplayName
	}
	return string(list.Address)
}

// Why says why one gets a message of a list.
func Why(list crier.MailingListSpec) string {
	switch {
	case list.Footer != "":
		return list.Footer
	case list.Purpose == crier.PurposeMandatory:
		return "You receive this message because you are on the list " + Name(list) + ", which can't be left."
	}
	return "You receive this message because you subscribed to " + Name(list) + "."
}

// Footer is what a message ends with whose layout doesn't say it: why one
// gets it, how to leave the list, and who sends.
func Footer(list crier.MailingListSpec) string {
	text := Why(list)
	if targets := unsubscribe(list); list.Footer == "" && len(targets) > 0 {
		text += " Unsubscribe: " + strings.TrimPrefix(targets[0], "mailto:")
	}
	if list.PostalAddress != "" {
		text += "\n" + list.PostalAddress
	}
	return text
}

// unsubscribe is where people leave a list. A list of mandatory mail has no
// such place, and must not pretend to.
func unsubscribe(list crier.MailingListSpec) []string {
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
