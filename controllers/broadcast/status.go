package broadcast

import (
	"fmt"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/delivery/lifecycle"
	"crier.dev/crier/internal/report"
	"crier.dev/crier/internal/smtp/outcome"
	"crier.dev/crier/internal/words"
)

func verdict(v reconcile.Verdict) (*reconcile.Verdict, error) { return &v, nil }

// progress is the verdict on a record that is frozen or over.
func progress(state *crier.DeliveryRecordState) reconcile.Verdict {
	if state.Stage == crier.RecordFinished {
		return ending(state)
	}
	totals := state.Totals
	if stop := state.Stop; stop != nil {
		return stopped(stop, totals)
	}
	if trouble := state.Trouble; trouble != nil {
		return inTrouble(trouble, state.WaitsUntil).After(whileWaiting)
	}
	totals = lifecycle.Reachable(state)
	if next := state.NextPass; next != nil && totals.Deferred > 0 && totals.Pending == 0 && slices.Contains(next.Selects, crier.DeliveryDeferred) {
		return reconcile.IsReconciling(crier.ReasonRetrying, "%s %s deferred and will be tried again at %s.",
			words.Count(totals.Deferred, "recipient"), words.Verb(totals.Deferred, "was"), next.At.UTC().Format(time.RFC3339)).After(whileWaiting)
	}
	return sending(state).After(whileWaiting)
}

// sending says to whom: in the first pass to everybody, later to some again.
func sending(state *crier.DeliveryRecordState) reconcile.Verdict {
	if state.Pass != nil && state.Pass.Number > 1 {
		return reconcile.IsReconciling(crier.ReasonSending, "Sending again, pass %s.", words.Number(state.Pass.Number))
	}
	return reconcile.IsReconciling(crier.ReasonSending, "Sending to %s.", words.Count(state.Totals.Intended, "recipient"))
}

func inTrouble(trouble *crier.RelayTrouble, until *metav1.Time) reconcile.Verdict {
	goesOn := ""
	if until != nil {
		goesOn = fmt.Sprintf(" It continues by itself at %s.", until.UTC().Format(time.RFC3339))
	}
	switch trouble.Cause {
	case crier.ReasonRelayBusy:
		return reconcile.IsReconciling(crier.ReasonRelayBusy, "Waiting for a share of the Relay: %s.", trouble.Message)
	case crier.ReasonSuppressionNotReady:
		return reconcile.IsReconciling(crier.ReasonSuppressionNotReady, "Waiting: %s.", trouble.Message)
	case crier.ReasonNoProgress:
		return reconcile.IsReconciling(crier.ReasonNoProgress, "Nobody is sent to: %s.%s", trouble.Message, goesOn)
	case crier.ReasonDailyLimit:
		return reconcile.IsReconciling(crier.ReasonDailyLimit, "Waiting: %s.%s", trouble.Message, goesOn)
	}
	said := trouble.Message
	if said == "" {
		said = outcome.Cause(trouble.Cause).Plain()
	}
	return reconcile.IsReconciling(crier.ReasonRelayTrouble, "The relay has accepted no mail since %s (%s): %s%s",
		trouble.Since.UTC().Format(time.RFC3339), trouble.Cause, said, goesOn)
}

// complete says whether everything was sent and settled.
func complete(reason string) bool {
	return reason == crier.ReasonSent || reason == crier.ReasonSentWithFailures
}

func finished(reason string) bool {
	switch reason {
	case crier.ReasonDeadlinePassed, crier.ReasonDeadlineMissed, crier.ReasonNotSent, crier.ReasonCancelled, crier.ReasonRecipientsLost:
		return true
	}
	return complete(reason)
}

// conclude puts the verdict into the status and says whether that changed
// anything.
func (s *scope) conclude(v reconcile.Verdict) bool {
	status, generation := &s.broadcast.Status, s.broadcast.Generation
	status.ObservedGeneration = generation
	status.ContentHash = s.hash
	if s.record != nil {
		status.Record = s.record.Name
	}
	if !s.deadline.IsZero() {
		deadline := metav1.NewTime(s.deadline)
		status.Deadline = &deadline
	}
	status.Phase = phaseOf(v)
	conditions := reconcile.Conditions(s.previous.DeepCopy().Conditions, generation, v, s.now)
	over := s.overReason(v)
	reconcile.Set(&conditions, crier.ConditionFinished, finished(over), generation, over, v.Message, s.now)
	reconcile.Set(&conditions, crier.ConditionComplete, complete(over), generation, over, v.Message, s.now)
	s.reported(&conditions, generation)
	s.intact(&conditions, generation)
	status.Conditions = conditions
	return !equality.Semantic.DeepEqual(s.previous, *status)
}

// overReason is the reason of the terminal conditions: of the record when it
// is over, whatever else is wrong with the Broadcast.
func (s *scope) overReason(v reconcile.Verdict) string {
	if s.record != nil && s.record.State.Stage == crier.RecordFinished && v.Reason != crier.ReasonNameReused {
		return s.record.State.Result
	}
	return v.Reason
}

// reported says whether the final report mail is settled.
func (s *scope) reported(conditions *[]metav1.Condition, generation int64) {
	var final *crier.ReportStatus
	for i := range s.broadcast.Status.Reports {
		if s.broadcast.Status.Reports[i].Kind == crier.ReportFinal {
			final = &s.broadcast.Status.Reports[i]
		}
	}
	if final == nil {
		meta.RemoveStatusCondition(conditions, crier.ConditionReported)
		return
	}
	reason, message := crier.ReasonReportPending, "The report is being mailed."
	switch final.State {
	case crier.ReportSent:
		reason, message = crier.ReasonReportSent, "The report was mailed."
	case crier.ReportFailed:
		reason, message = crier.ReasonReportFailed, "The report could not be mailed to every addressee."
	case crier.ReportNotSent:
		reason, message = crier.ReasonReportFailed, "The report could not be mailed to anybody."
	case crier.ReportUnknown:
		reason, message = crier.ReasonReportFailed, "It is unknown whether every addressee got the report; it isn't mailed twice."
	}
	reconcile.Set(conditions, crier.ConditionReported, final.State == crier.ReportSent, generation, reason, message, s.now)
}

// intact says what of the ledger is gone or was set back, and clocks whether
// those of the senders agree; both only while anything is wrong.
func (s *scope) intact(conditions *[]metav1.Condition, generation int64) {
	state := &crier.DeliveryRecordState{}
	if s.record != nil {
		state = &s.record.State
	}
	tell := func(kind, reason, message string) {
		if message == "" {
			meta.RemoveStatusCondition(conditions, kind)
			return
		}
		reconcile.Set(conditions, kind, false, generation, reason, message, s.now)
	}
	switch lost := s.broadcast.Status.Lost; {
	case state.SetBack != nil:
		tell(crier.ConditionLedgerIntact, crier.ReasonLedgerSetBack, fmt.Sprintf("The ledger was set back; this was seen at %s. "+
			"It isn't known who got the message between the time that it shows now and then.", state.SetBack.At.UTC().Format(time.RFC3339)))
	case lost != nil:
		tell(crier.ConditionLedgerIntact, crier.ReasonRecipientsLost, lostMessage(lost))
	default:
		tell(crier.ConditionLedgerIntact, "", "")
	}
	tell(crier.ConditionClocksAgree, crier.ReasonClockSkewed, skewMessage(state.Skew))
}

// skewMessage says which clock is off; "" for none.
func skewMessage(skew *crier.ClockSkew) string {
	if skew == nil {
		return ""
	}
	node, off, way := "A node", time.Duration(skew.Seconds)*time.Second, "ahead of"
	if skew.Node != "" {
		node = "Node " + skew.Node
	}
	if off < 0 {
		off, way = -off, "behind"
	}
	return fmt.Sprintf("%s sends with a clock that is at least %s %s Crier's. Sending goes on, but dates of messages and the deadline go by that clock: have its time synchronized.", node, off, way)
}

// lostMessage says whose addresses are gone, and what that costs them.
func lostMessage(lost *crier.LostRecipients) string {
	n, left := lost.Totals.Intended, lost.Totals.Pending+lost.Totals.Deferred
	message := fmt.Sprintf("The addresses of %s were deleted (shards %s).", words.Count(n, "recipient"), lost.Shards)
	if left == 0 {
		return message + " All of them had been tried by then; those who were not accepted can't be named."
	}
	return message + fmt.Sprintf(" %s of them %s still to get the message, and can't: ask the platform team to restore the Secrets of these shards.",
		words.Number(left), words.Verb(left, "was"))
}

// show copies what the record knows into the status.
func (s *scope) show() {
	state, status := &s.record.State, &s.broadcast.Status
	totals := state.Totals
	status.Totals, status.Lost = &totals, state.Lost
	status.Progress = report.Progress(totals)
	status.Accepted, status.Rate, status.ETA = "-", "", ""
	if state.Stage == crier.RecordFinished {
		status.Accepted = report.Percent(totals.Accepted, report.Wanted(totals))
	} else {
		status.Rate, status.ETA = pace(state, s.now)
	}
	status.StartedAt, status.FinishedAt = state.StartedAt, state.FinishedAt
	status.Audience = state.Audience
	if state.Pass != nil {
		status.Pass = state.Pass.Number
	}
	if state.Resend != nil {
		status.ResendToken = state.Resend.Token
	}
	if state.Deadline != nil {
		s.deadline = state.Deadline.Time
	}
	if state.Frozen != nil {
		status.MessageHash = state.MessageHash
	}
	if state.Frozen != nil && status.Sealed == nil && state.BroadcastUID == string(s.broadcast.UID) && state.ContentHash == s.hash {
		status.Sealed = &crier.SealedContent{
			Generation: s.broadcast.Generation, ContentHash: state.ContentHash, MessageHash: state.MessageHash,
		}
	}
}

// pace is how fast the present pass goes, and how long it will take, for people.
func pace(state *crier.DeliveryRecordState, now time.Time) (rate, eta string) {
	if state.Pass == nil {
		return "", ""
	}
	perSecond, takes, known := lifecycle.Pace(state.Pass, lifecycle.Todo(lifecycle.Reachable(state), state.Pass.Selects), now)
	if !known {
		return "", ""
	}
	if perSecond > 0 {
		eta = takes.String()
	}
	return fmt.Sprintf("%.0f/s", perSecond), eta
}
