package report

import (
	"strings"
	"unicode"
	"unicode/utf8"

	crier "crier.dev/crier/api/v1alpha1"
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
	case crier.ReasonNotSent:
		return "not sent"
	}
	return ""
}

// untouched is true when not one recipient was tried.
func (f Facts) untouched() bool {
	t := f.Totals
	return t.Accepted+t.Failed+t.Unknown+t.Expired+t.Deferred == 0
}

func (f Facts) tone() tone {
	switch {
	case f.ending() != "", f.Totals.Intended == 0, f.Totals.Accepted*2 < f.Totals.Intended:
		return toneBad
	case f.Totals.Accepted == f.Totals.Intended:
		return toneGood
	}
	return toneMixed
}

// claim is what stands beside the percentage.
func (f Facts) claim() string {
	claim := f.verb()
	if f.preliminary() {
		claim += " so far"
	}
	if ending := f.ending(); ending != "" {
		claim += " (" + ending + ")"
	}
	return claim
}

// lead is the first sentence.
func (f Facts) lead() string {
	ending := capital(f.ending())
	switch {
	case f.Totals.Intended == 0 || f.untouched():
		if ending == "" {
			return capital(f.numbers()) + "."
		}
		return ending + ": " + f.numbers() + "."
	case ending != "":
		return ending + ": " + spaced(f.Totals.Accepted, f.Totals.Intended) + " " + f.verb() + ", " + f.numbers() + "."
	}
	return spaced(f.Totals.Accepted, f.Totals.Intended) + " " + f.claim() + ": " + f.numbers() + "."
}

// numbers says how many, and what became of the others.
func (f Facts) numbers() string {
	t := f.Totals
	switch {
	case t.Intended == 0 && f.Result == crier.ReasonDeadlineMissed, t.Intended == 0 && f.Result == crier.ReasonCancelled:
		return "nothing was sent"
	case t.Intended == 0:
		return "nothing was sent, because there was nobody to send to"
	case f.untouched():
		return "nothing was sent to any of " + several(t.Intended, "recipient")
	case t.Accepted == t.Intended:
		return "all " + several(t.Intended, "recipient")
	}
	parts := []string{number(t.Accepted) + " of " + several(t.Intended, "recipient")}
	return strings.Join(append(parts, f.others()...), ", ")
}

// others are the counts besides accepted, without the zeros.
func (f Facts) others() []string {
	var parts []string
	for _, state := range troubled {
		if n := count(f.Totals, state); n > 0 {
			parts = append(parts, number(n)+" "+f.label(state))
		}
	}
	return parts
}

// subject of the report mail. The percentage of a Broadcast that sent nothing
// would only confuse.
func (f Facts) subject() string {
	var parts []string
	if ending := f.ending(); ending != "" {
		parts = append(parts, ending)
	}
	switch {
	case f.Totals.Intended == 0 || f.untouched():
		if len(parts) == 0 || f.ending() != "not sent" {
			parts = append(parts, "nothing sent")
		}
	default:
		percent := spaced(f.Totals.Accepted, f.Totals.Intended) + " " + f.verb()
		if f.preliminary() {
			percent += " so far"
		}
		parts = append(append(parts, percent), f.others()...)
	}
	return title(f) + ": " + Clean(f.Subject, maxSubject) + " (" + strings.Join(parts, ", ") + ")"
}

func capital(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return s
	}
	return string(unicode.ToUpper(first)) + s[size:]
}
