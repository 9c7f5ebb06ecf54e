package draft

import crier "crier.dev/crier/api/v1alpha1"

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

// Footer is what a message ends with whose layout doesn't say it: why one gets
// it, and who sends. How to leave the list comes below.
func Footer(list crier.MailingListSpec) string {
	if list.PostalAddress == "" {
		return Why(list)
	}
	return Why(list) + "\n" + list.PostalAddress
}
