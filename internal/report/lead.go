package report

import (
	"strings"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/redact"
	"crier.dev/crier/internal/words"
)

func (f Facts) tone() tone {
	switch {
	case f.ending() != "", Wanted(f.Totals) == 0, f.Totals.Accepted*2 < Wanted(f.Totals):
		return toneBad
	case permille(f.Totals.Accepted, Wanted(f.Totals)) >= 990:
		// A list of any size has a few dead addresses.
		return toneGood
	}
	return toneMixed
}

// headline is the first sentence in three parts: what is printed large, what
// beside it, and the numbers. An end that is not the ordinary one comes first.
func (f Facts) headline() (large, beside, numbers string) {
	percent := Percent(f.Totals.Accepted, Wanted(f.Totals))
	ending := words.Capital(f.ending())
	switch {
	case Wanted(f.Totals) == 0:
		if ending == "" {
			ending = "Nothing sent"
		}
		return ending, "", f.numbers()
	case ending != "" && f.untouched():
		return ending, "", f.numbers()
	case ending != "":
		return ending, "", percent + " " + f.verb() + ", " + f.numbers()
	case f.preliminary():
		return percent, f.verb() + " so far", f.numbers()
	}
	return percent, f.verb(), f.numbers()
}

// lead is the first sentence.
func (f Facts) lead() string {
	large, beside, numbers := f.headline()
	return strings.TrimSpace(large+" "+beside) + ": " + numbers + "."
}

// numbers says how many, and what became of the others.
func (f Facts) numbers() string {
	t := f.Totals
	wanted, ending := Wanted(t), f.ending()
	switch {
	case wanted == 0 && ending != "" && ending != notSent:
		return "nothing was sent"
	case wanted == 0:
		return beside("there was nobody to send to", t)
	case f.untouched() && f.Resend == crier.ResendAll:
		return "nothing was sent again to " + everybody("any of ", wanted)
	case f.untouched():
		return "nothing was sent to " + everybody("any of ", wanted)
	case t.Accepted == wanted:
		return beside(everybody("all ", wanted), t)
	}
	parts := []string{words.Number(t.Accepted) + " of " + words.Count(wanted, "recipient")}
	return beside(strings.Join(append(parts, f.others()...), ", "), t)
}

// beside adds how many were suppressed.
func beside(figures string, t crier.DeliveryTotals) string {
	if t.Suppressed == 0 {
		return figures
	}
	return figures + "; " + words.Number(t.Suppressed) + " suppressed"
}

// everybody is "all 5,000 recipients", or "the only recipient".
func everybody(all string, n int64) string {
	if n == 1 {
		return "the only recipient"
	}
	return all + words.Count(n, "recipient")
}

// others are the counts besides accepted, without the zeros.
func (f Facts) others() []string {
	var parts []string
	for _, state := range troubled {
		if n := count(f.Totals, state); n > 0 {
			parts = append(parts, words.Number(n)+" "+f.label(state))
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
	case Wanted(f.Totals) == 0 || f.untouched():
		if f.ending() != notSent {
			parts = append(parts, "nothing sent")
		}
	default:
		percent := Percent(f.Totals.Accepted, Wanted(f.Totals)) + " " + f.verb()
		if f.preliminary() {
			percent += " so far"
		}
		parts = append(append(parts, percent), f.others()...)
		if n := f.Totals.Suppressed; n > 0 {
			parts = append(parts, words.Number(n)+" suppressed")
		}
	}
	return title(f) + ": " + redact.Clean(f.Subject, maxSubject) + " (" + strings.Join(parts, ", ") + ")"
}
