package report

import (
	"time"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/words"
)

// section explains a state; false when nobody is in it.
func (b *Builder) section(state crier.DeliveryState) (section, bool) {
	total := count(b.facts.Totals, state)
	if total == 0 && b.groups.counts[state] == 0 {
		return section{}, false
	}
	s := section{
		State: state,
		Title: words.Capital(b.facts.label(state)) + ": " + words.Number(total),
		Intro: b.facts.intro(state),
	}
	if state == crier.DeliveryPending {
		return s, true // one reason, and the introduction has said it
	}
	for _, g := range b.groups.listed(state) {
		s.Groups = append(s.Groups, reason{
			Count: words.Number(g.recipients), Plain: g.plain(), Advice: b.facts.advice(g), Words: g.words(),
		})
	}
	return s, true
}

// words is the reply heard most often, with its codes.
func (p *group) words() string {
	said, _ := p.example()
	return said.String()
}

// intro says what a state means and what can be done about all of them.
func (f Facts) intro(state crier.DeliveryState) string {
	switch state {
	case crier.DeliveryFailed:
		return "Refused permanently, and not tried again. Corrected addresses get the next broadcast; " +
			"a resend (spec.resend, only: Failed) tries the addresses as they were."
	case crier.DeliveryUnknown:
		return "No answer came after the message had left, so they may or may not have it. " +
			"It is not sent to them again unless you ask. A resend (spec.resend, only: Unknown) sends the same message with " +
			"the same Message-ID and date, so that mail systems that recognize copies show it once; others may show it twice."
	case crier.DeliveryExpired:
		return f.expiredIntro()
	case crier.DeliveryDeferred:
		return f.deferredIntro()
	case crier.DeliverySuppressed:
		return "Suppressed after the recipients were written down, so it was not sent to them. Percentages leave them out. " +
			"A resend (spec.resend, only: Remaining) checks again, and sends it to those who are no longer suppressed."
	}
	if f.preliminary() {
		return "Their turn is still to come."
	}
	if f.NotBegun {
		return "Sending did not begin, so nobody got anything."
	}
	if f.SetBack {
		return "The ledger doesn't say that they were tried, but it was set back: they may have the message."
	}
	if f.Result == crier.ReasonRecipientsLost {
		return "Their addresses were deleted before their turn, so nobody can send it to them. " +
			"If whoever runs the cluster restores the Secrets that had them, a resend (spec.resend, only: Remaining) reaches them."
	}
	return "Sending ended before their turn. A resend (spec.resend, only: Remaining) sends it to them."
}

// expiredIntro says what ended the tries, as far as that is known.
func (f Facts) expiredIntro() string {
	until := "when time ran out"
	switch {
	case f.Result == crier.ReasonCancelled:
		until = "when sending ended"
	case !f.Deadline.IsZero() && !f.FinishedAt.Before(f.Deadline):
		until = "at the deadline, " + stamp(f.Deadline)
	}
	return "Still deferred " + until + ", so they did not get it. A resend (spec.resend, only: Remaining) tries them again."
}

func (f Facts) deferredIntro() string {
	if !f.preliminary() {
		return "Refused for now when sending ended. A resend (spec.resend, only: Remaining) tries them again."
	}
	if f.Deadline.IsZero() {
		return "Refused for now. Crier keeps trying them, with growing pauses."
	}
	return "Refused for now. Crier keeps trying them, with growing pauses, until " + stamp(f.Deadline) + "."
}

// notes are the sentences between the figures and the reasons.
func (b *Builder) notes(attached bool) []string {
	f := b.facts
	var notes []string
	if f.preliminary() {
		next := "This is a first look. The final report follows when nobody is deferred anymore"
		if !f.Deadline.IsZero() {
			next += ", at the latest after the deadline, " + stamp(f.Deadline)
		}
		notes = append(notes, next+".")
	}
	notes = append(notes, f.endingNotes()...)
	if f.Totals.Accepted > 0 && !f.BouncesReadable {
		notes = append(notes, "Accepted means that the mail relay took responsibility for the message. "+
			"Bounces may still follow from systems behind it; they are not in these figures.")
	}
	if f.SetBack {
		notes = append(notes, "The ledger of this broadcast was set back while it was sent, as by the restore of a backup. "+
			"So these figures are of an earlier time: who isn't accepted here may have the message. Sending was stopped when that was seen.")
	}
	if lost := b.lost.note(); lost != "" {
		notes = append(notes, lost)
	}
	if missing := b.missing(); missing > 0 {
		notes = append(notes, words.Count(missing, "recipient")+" of these figures could not be read back, "+
			"and "+words.Verb(missing, "is")+" missing from the reasons and the CSV.")
	}
	return append(notes, b.tableNotes(attached)...)
}

// missing is how many recipients the totals know and the rows don't. Those
// who were never tried need no rows.
func (b *Builder) missing() int64 {
	var missing int64
	for _, state := range explained {
		if state != crier.DeliveryPending {
			missing += max(0, count(b.facts.Totals, state)-b.groups.counts[state])
		}
	}
	return missing
}

func (b *Builder) tableNotes(attached bool) []string {
	added, left := b.Rows()
	if added == 0 {
		return nil
	}
	if attached {
		_, rows := b.table.whole(b.attach)
		if rows == added {
			return []string{"The attached CSV names " + b.theRecipients(added) + ", with the server's words."}
		}
		note := "The attached CSV names the first " + words.Number(rows) + " of " + words.Count(added, "recipient") +
			", because the attachment would be too large. The ConfigMaps of the report name "
		if left == 0 {
			return []string{note + "them all."}
		}
		return []string{note + "the first " + words.Number(added-left) + "."}
	}
	if left > 0 {
		return []string{"The CSV names the first " + words.Number(added-left) + " of " + words.Count(added, "recipient") + "."}
	}
	return []string{"The CSV of this report names " + b.theRecipients(added) + ", with the server's words."}
}

func (b *Builder) theRecipients(n int64) string {
	switch {
	case b.lost.rows > 0 && n == 1:
		return "the only recipient who was not accepted and whose address is known"
	case b.lost.rows > 0:
		return words.Count(n, "recipient") + " who were not accepted and whose addresses are known"
	case n == 1:
		return "the 1 recipient above"
	}
	return "all " + words.Count(n, "recipient") + " who were not accepted"
}

// stamp is a time with its zone; "" for none.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05 UTC")
}
