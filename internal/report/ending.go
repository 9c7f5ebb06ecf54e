package report

import (
	crier "crier.dev/crier/api/v1alpha1"

	"crier.dev/crier/internal/words"
)

// ending is the word for an end that is not the ordinary one; "" otherwise.
func (f Facts) ending() string {
	if f.preliminary() {
		return ""
	}
	switch f.Result {
	case crier.ReasonCancelled:
		return "cancelled"
	case crier.ReasonDeadlineMissed:
		return "deadline missed"
	case crier.ReasonDeadlinePassed:
		return "deadline passed"
	case crier.ReasonRecipientsLost:
		return "addresses deleted"
	case crier.ReasonNotSent:
		return notSent
	}
	return ""
}

const notSent = "not sent"

// untouched is true when not one recipient was tried.
func (f Facts) untouched() bool {
	t := f.Totals
	return t.Accepted+t.Failed+t.Unknown+t.Expired+t.Deferred == 0
}

// look is where the reason for an end is found.
const look = "\"kubectl describe\" below shows "

// endingNotes say how an end came about that is not the ordinary one.
func (f Facts) endingNotes() []string {
	switch f.ending() {
	case "cancelled":
		return []string{f.cancelledNote()}
	case "deadline missed":
		return []string{f.missedNote()}
	case "deadline passed":
		return []string{"The broadcast came after its own deadline, so it was not started."}
	case notSent:
		return []string{"Nobody got anything. " + look + "why."}
	}
	return nil
}

func (f Facts) cancelledNote() string {
	const goOn = " To continue, create it again with the same content and a resend (spec.resend, only: Remaining)."
	switch {
	case f.untouched():
		return "The broadcast was deleted before its first message left." + goOn
	case f.Totals.Pending == 0:
		return "The broadcast was deleted after everybody had been tried, before those who were deferred were tried again." + goOn
	}
	return "The broadcast was cancelled: it was deleted while it was being sent. Messages that the relay had taken by then can't be recalled." + goOn
}

// missedNote is about the totals, not only about the result: records that are
// older called it missed as well when somebody was deferred at the deadline.
func (f Facts) missedNote() string {
	deadline := "its deadline"
	if !f.Deadline.IsZero() {
		deadline += ", " + stamp(f.Deadline)
	}
	const waited = look + "what it waited for. "
	switch pending := f.Totals.Pending; {
	case f.NotBegun:
		return "The broadcast was known in time, but sending did not begin before " + deadline + ". " + waited +
			"To send it anyway, set a later notAfter."
	case pending == 0 && !f.untouched():
		return "Everybody was tried before " + deadline + ". Those who were still deferred then are not tried again."
	case f.Resend != "":
		return "The resend was not finished at " + deadline + ": " + words.Count(pending, "recipient") + " " + words.Verb(pending, "was") + " not tried in it. " + waited +
			"To reach the others, use a resend with a later notAfter."
	case f.untouched():
		return "The broadcast was known in time, but nobody was tried before " + deadline + ". " + waited +
			"To reach them, use a resend with a later notAfter, or a new broadcast."
	}
	return "The broadcast was known in time, but not everybody was tried before " + deadline + ". " + waited +
		"To reach the others, use a resend with a later notAfter, or a new broadcast."
}
