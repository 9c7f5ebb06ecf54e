package broadcast

import (
	"fmt"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/delivery/lifecycle"
	"crier.dev/crier/internal/report"
	"crier.dev/crier/internal/words"
)

// stopped is the verdict on a record whose senders were told to stop. Those
// that are final come to their end in a moment, and are no end before that.
func stopped(stop *crier.RecordStop, totals crier.DeliveryTotals) reconcile.Verdict {
	rest := remaining(totals)
	switch stop.Reason {
	case crier.ReasonSuspended, crier.ReasonOperatorHold:
		return reconcile.IsReady(stop.Reason, "Stopped: %s. %s", stop.Message, rest).After(whileWaiting)
	case crier.ReasonDeadlineMissed, crier.ReasonCancelled:
		return reconcile.IsReconciling(crier.ReasonSending, "Stopping: %s. %s", stop.Message, rest).After(whileSoon)
	case crier.ReasonRelayNotReady:
		return reconcile.IsReconciling(stop.Reason, "Stopped until the problem with the Relay is solved: %s. %s", stop.Message, rest).After(whileWaiting)
	}
	return reconcile.IsStalled(stop.Reason, "Stopped: %s. %s", stop.Message, rest).After(whileWaiting)
}

// remaining says whom sending has not come to, or not for the last time.
func remaining(t crier.DeliveryTotals) string {
	switch {
	case t.Pending > 0 && t.Deferred > 0:
		return fmt.Sprintf("%s of %s not tried yet, %s more deferred.", words.Number(t.Pending), words.Count(t.Intended, "recipient"), words.Number(t.Deferred))
	case t.Pending > 0:
		return fmt.Sprintf("%s of %s not tried yet.", words.Number(t.Pending), words.Count(t.Intended, "recipient"))
	case t.Deferred > 0:
		return fmt.Sprintf("%s; %s deferred.", triedAll(t), words.Number(t.Deferred))
	}
	return triedAll(t) + "."
}

// triedAll is a sentence without its dot: nobody is left who wasn't tried.
func triedAll(t crier.DeliveryTotals) string {
	if n := report.Wanted(t); n != 1 {
		return "All " + words.Count(n, "recipient") + " have been tried"
	}
	return "The only recipient has been tried"
}

// ending is the verdict on a record that is over. What it says is by the
// totals: the same result has come about in different ways.
func ending(state *crier.DeliveryRecordState) reconcile.Verdict {
	figures := figures(state)
	switch state.Result {
	case crier.ReasonDeadlineMissed:
		return reconcile.IsStalled(state.Result, "%s", missed(state, figures))
	case crier.ReasonNotSent:
		if n := state.Totals.Suppressed; n > 0 {
			return reconcile.IsReady(state.Result, "Nothing was sent: %s suppressed after the recipients were chosen.", everybodyWas(n))
		}
		return reconcile.IsStalled(state.Result, "The deadline passed, and there was nobody to send to.")
	case crier.ReasonRecipientsLost:
		return reconcile.IsStalled(state.Result, "%s never tried: their addresses were deleted. %s", ofWanted(state.Totals), figures)
	case crier.ReasonCancelled:
		return reconcile.IsReady(state.Result, "%s %s To continue, set spec.resend with only: Remaining.", cancelled(state), figures)
	}
	return reconcile.IsReady(state.Result, "%s", figures)
}

// missed says how far a Broadcast came until its deadline.
func missed(state *crier.DeliveryRecordState, figures string) string {
	t := state.Totals
	switch {
	case state.Frozen == nil && t.Intended == 0 && state.Audience != nil:
		return "The deadline passed, and there was nobody to send to."
	case state.Frozen == nil && t.Intended == 0:
		return "The deadline passed before it was known whom to send to. Nothing was sent. To try again, set a later notAfter."
	case state.Frozen == nil:
		return fmt.Sprintf("The deadline passed before sending began, so nothing was sent to the %s. To try again, set a later notAfter.", words.Count(t.Intended, "recipient"))
	case t.Pending == 0:
		return "The deadline passed after everybody had been tried. " + figures
	case toEverybodyAgain(state):
		return fmt.Sprintf("The deadline of the resend passed before everybody was sent to again: %s not. %s", ofWanted(t), figures)
	}
	return fmt.Sprintf("The deadline passed before everybody was sent to: %s never tried. %s", ofWanted(t), figures)
}

// cancelled says how far a Broadcast came until it was deleted.
func cancelled(state *crier.DeliveryRecordState) string {
	t := state.Totals
	switch {
	case t.Pending == 0:
		return "The Broadcast was deleted after everybody had been tried, before those who were deferred were tried again."
	case toEverybodyAgain(state):
		return fmt.Sprintf("The Broadcast was deleted during the resend: %s not sent to again.", ofWanted(t))
	}
	return fmt.Sprintf("The Broadcast was deleted while it was being sent: %s never tried.", ofWanted(t))
}

// ofWanted is "1 of 3 was" or "2 of 5,000 were": how many are pending.
func ofWanted(t crier.DeliveryTotals) string {
	return fmt.Sprintf("%s of %s %s", words.Number(t.Pending), words.Number(report.Wanted(t)), words.Verb(t.Pending, "was"))
}

// everybodyWas is "the only recipient was" or "all 5,000 recipients were".
func everybodyWas(n int64) string {
	if n == 1 {
		return "the only recipient was"
	}
	return "all " + words.Count(n, "recipient") + " were"
}

// toEverybodyAgain says whether those who are pending may have got the message
// before: everybody was to get it once more.
func toEverybodyAgain(state *crier.DeliveryRecordState) bool {
	return state.Resend != nil && state.Resend.Only == crier.ResendAll
}

// figures are the counts, and what came of a resend that sent nothing.
func figures(state *crier.DeliveryRecordState) string {
	t := state.Totals
	said := fmt.Sprintf("%s of %s accepted, %s failed, %s expired, %s unknown.",
		report.Percent(t.Accepted, report.Wanted(t)), words.Count(report.Wanted(t), "recipient"),
		words.Number(t.Failed), words.Number(t.Expired), words.Number(t.Unknown))
	if t.Suppressed > 0 {
		said += fmt.Sprintf(" %s %s suppressed after the recipients were chosen.", words.Number(t.Suppressed), words.Verb(t.Suppressed, "was"))
	}
	r := state.Resend
	if r == nil || state.Pass == nil || state.Pass.Number != r.AfterPass {
		return said
	}
	left := lifecycle.Todo(t, lifecycle.Resend(r.Only))
	if r.Only == crier.ResendAll { // they become pending with its first pass
		left = report.Wanted(t)
	}
	if left > 0 {
		return said + fmt.Sprintf(" The resend %q ended before it began (only: %s); it would have gone to %s.", r.Token, r.Only, words.Count(left, "recipient"))
	}
	return said + fmt.Sprintf(" The resend %q found nobody to send to (only: %s).", r.Token, r.Only)
}
