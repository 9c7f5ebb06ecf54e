package broadcast

import (
	"fmt"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/delivery/lifecycle"
	"crier.dev/crier/internal/report"
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
		return reconcile.IsReconciling(stop.Reason, "Stopped until the Relay is mended: %s. %s", stop.Message, rest).After(whileWaiting)
	}
	return reconcile.IsStalled(stop.Reason, "Stopped: %s. %s", stop.Message, rest).After(whileWaiting)
}

// remaining says whom sending has not come to, or not for the last time.
func remaining(t crier.DeliveryTotals) string {
	switch {
	case t.Pending > 0 && t.Deferred > 0:
		return fmt.Sprintf("%d of %d recipients were not sent to yet, %d more are deferred.", t.Pending, t.Intended, t.Deferred)
	case t.Pending > 0:
		return fmt.Sprintf("%d of %d recipients were not sent to yet.", t.Pending, t.Intended)
	case t.Deferred > 0:
		return fmt.Sprintf("All %d recipients were tried; %d are deferred.", report.Wanted(t), t.Deferred)
	}
	return fmt.Sprintf("All %d recipients were tried.", report.Wanted(t))
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
			return reconcile.IsReady(state.Result, "Nothing was sent: all %d recipients were suppressed since they were chosen.", n)
		}
		return reconcile.IsStalled(state.Result, "The deadline passed, and there was nobody to send to.")
	case crier.ReasonCancelled:
		return reconcile.IsReady(state.Result, "%s %s To go on, set spec.resend with only: Remaining.", cancelled(state), figures)
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
		return "The deadline passed before it was known whom to send to. Nothing was sent; for another try, set a later notAfter."
	case state.Frozen == nil:
		return fmt.Sprintf("The deadline passed before sending began, so none of %d recipients were sent to. For another try, set a later notAfter.", t.Intended)
	case t.Pending == 0:
		return "The deadline passed after everybody had been tried. " + figures
	case toEverybodyAgain(state):
		return fmt.Sprintf("The deadline of the resend passed before everybody was sent to again: %d of %d were not. %s", t.Pending, report.Wanted(t), figures)
	}
	return fmt.Sprintf("The deadline passed before everybody was sent to: %d of %d were never tried. %s", t.Pending, report.Wanted(t), figures)
}

// cancelled says how far a Broadcast came until it was deleted.
func cancelled(state *crier.DeliveryRecordState) string {
	t := state.Totals
	switch {
	case t.Pending == 0:
		return "The Broadcast was deleted after everybody had been tried, before those who were deferred were tried again."
	case toEverybodyAgain(state):
		return fmt.Sprintf("The Broadcast was deleted during the resend: %d of %d were not sent to again.", t.Pending, report.Wanted(t))
	}
	return fmt.Sprintf("The Broadcast was deleted while it was being sent: %d of %d were never tried.", t.Pending, report.Wanted(t))
}

// toEverybodyAgain says whether those who are pending may have got the message
// before: everybody was to get it once more.
func toEverybodyAgain(state *crier.DeliveryRecordState) bool {
	return state.Resend != nil && state.Resend.Only == crier.ResendAll
}

// figures are the counts, and what came of a resend that sent nothing.
func figures(state *crier.DeliveryRecordState) string {
	t := state.Totals
	words := fmt.Sprintf("%s of %d recipients accepted, %d failed, %d expired, %d unknown.",
		report.Percent(t.Accepted, report.Wanted(t)), report.Wanted(t), t.Failed, t.Expired, t.Unknown)
	if t.Suppressed > 0 {
		words += fmt.Sprintf(" %d were suppressed since they were chosen.", t.Suppressed)
	}
	r := state.Resend
	if r == nil || state.Pass == nil || state.Pass.Number != r.AfterPass {
		return words
	}
	left := lifecycle.Todo(t, lifecycle.Resend(r.Only))
	if r.Only == crier.ResendAll { // they become pending with its first pass
		left = report.Wanted(t)
	}
	if left > 0 {
		return words + fmt.Sprintf(" The resend %q ended before it began (only: %s); it would have gone to %d.", r.Token, r.Only, left)
	}
	return words + fmt.Sprintf(" The resend %q found nobody to send to (only: %s).", r.Token, r.Only)
}
