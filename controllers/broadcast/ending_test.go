package broadcast

import (
	"strings"
	"testing"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/reconcile"
)

// over is a record that ended with those totals.
func over(result string, totals crier.DeliveryTotals, change ...func(*crier.DeliveryRecordState)) *crier.DeliveryRecordState {
	state := &crier.DeliveryRecordState{
		Stage: crier.RecordFinished, Result: result, Totals: totals,
		Frozen: &crier.FrozenDelivery{}, Pass: &crier.DeliveryPass{Number: 2},
	}
	for _, f := range change {
		f(state)
	}
	return state
}

func resent(only crier.ResendSelection, after int32) func(*crier.DeliveryRecordState) {
	return func(s *crier.DeliveryRecordState) {
		s.Resend = &crier.RecordResend{Token: "a", Only: only, AfterPass: after}
	}
}

func unfrozen(s *crier.DeliveryRecordState) { s.Frozen, s.Pass = nil, nil }

// What is said about an end is what the totals say, whatever the result is.
func TestEndingsSayWhatHappened(t *testing.T) {
	type totals = crier.DeliveryTotals
	missed, cancelled := crier.ReasonDeadlineMissed, crier.ReasonCancelled
	for _, c := range []struct {
		name  string
		state *crier.DeliveryRecordState
		ready reconcile.State
		says  string
		never string // what it must not say
	}{
		{"all", over(crier.ReasonSent, totals{Intended: 3, Accepted: 3}), reconcile.Ready, "100% of 3 recipients accepted, 0 failed", "deadline"},
		{"nobody accepted", over(crier.ReasonSentWithFailures, totals{Intended: 3, Failed: 1, Expired: 2}), reconcile.Ready, "0.0% of 3 recipients accepted, 1 failed, 2 expired", "never tried"},
		{"one expired at the deadline", over(crier.ReasonSentWithFailures, totals{Intended: 1000, Accepted: 999, Expired: 1}), reconcile.Ready, "99.9% of 1,000 recipients accepted, 0 failed, 1 expired", "never tried"},
		{"missed in the middle", over(missed, totals{Intended: 10, Accepted: 4, Pending: 6}), reconcile.Stalled, "before everybody was sent to: 6 of 10 were never tried. 40.0%", ""},
		{"missed beside suppressed", over(missed, totals{Intended: 10, Accepted: 4, Pending: 4, Suppressed: 2}), reconcile.Stalled, "4 of 8 were never tried. 50.0%", "of 10"},
		{"missed by a release that took this for missed", over(missed, totals{Intended: 3, Accepted: 2, Expired: 1}), reconcile.Stalled, "after everybody had been tried. 66.6%", "never tried"},
		{"missed before it began", over(missed, totals{Intended: 5, Pending: 5}, unfrozen), reconcile.Stalled, "before sending began, so nothing was sent to the 5 recipients. To try again, set a later notAfter", "resend"},
		{"missed before it was planned", over(missed, totals{}, unfrozen), reconcile.Stalled, "before it was known whom to send to", "0 of 0"},
		{"missed with nobody selected", over(missed, totals{}, unfrozen, func(s *crier.DeliveryRecordState) { s.Audience = &crier.PlannedAudience{} }), reconcile.Stalled, "nobody to send to", "0 of 0"},
		{"missed resend to everybody", over(missed, totals{Intended: 9, Accepted: 2, Pending: 7}, resent(crier.ResendAll, 1)), reconcile.Stalled, "resend passed before everybody was sent to again: 7 of 9 were not", "never tried"},
		{"cancelled in the middle", over(cancelled, totals{Intended: 10, Accepted: 4, Pending: 6}), reconcile.Ready, "6 of 10 were never tried. 40.0%", "deadline"},
		{"cancelled before a retry", over(cancelled, totals{Intended: 3, Accepted: 2, Expired: 1}), reconcile.Ready, "deleted after everybody had been tried", "never tried"},
		{"cancelled resend to everybody", over(cancelled, totals{Intended: 9, Accepted: 2, Pending: 7}, resent(crier.ResendAll, 1)), reconcile.Ready, "7 of 9 were not sent to again", "never tried"},
		{"all suppressed", over(crier.ReasonNotSent, totals{Intended: 3, Suppressed: 3}), reconcile.Ready, "all 3 recipients were suppressed", "deadline"},
		{"the only one suppressed", over(crier.ReasonNotSent, totals{Intended: 1, Suppressed: 1}), reconcile.Ready, "the only recipient was suppressed", "all"},
		{"one missed", over(missed, totals{Intended: 3, Accepted: 2, Pending: 1}), reconcile.Stalled, "1 of 3 was never tried.", ""},
		{"nobody", over(crier.ReasonNotSent, totals{}, unfrozen), reconcile.Stalled, "nobody to send to", ""},
		{"resend of nobody", over(crier.ReasonSent, totals{Intended: 3, Accepted: 3}, resent(crier.ResendFailed, 2)), reconcile.Ready, `The resend "a" found nobody to send to (only: Failed).`, ""},
		{"resend that came too late", over(crier.ReasonSentWithFailures, totals{Intended: 3, Accepted: 1, Failed: 2}, resent(crier.ResendFailed, 2)), reconcile.Ready, `The resend "a" ended before it began (only: Failed); it would have gone to 2 recipients.`, "nobody to send to"},
		{"resend to everybody that came too late", over(crier.ReasonSent, totals{Intended: 3, Accepted: 3}, resent(crier.ResendAll, 2)), reconcile.Ready, "ended before it began (only: All); it would have gone to 3", "nobody to send to"},
		{"resend", over(crier.ReasonSent, totals{Intended: 3, Accepted: 3}, resent(crier.ResendFailed, 1)), reconcile.Ready, "100%", "resend"},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := ending(c.state)
			if v.State != c.ready || v.Reason != c.state.Result || !strings.Contains(v.Message, c.says) ||
				c.never != "" && strings.Contains(v.Message, c.never) {
				t.Errorf("%v %s: %s\nwant %v, %q, without %q", v.State, v.Reason, v.Message, c.ready, c.says, c.never)
			}
		})
	}
}

// A stop that will end a record hasn't ended it: what senders did until then may
// still come, and make another end of it.
func TestStopsSayWhoIsLeft(t *testing.T) {
	type totals = crier.DeliveryTotals
	for _, c := range []struct {
		reason string
		totals totals
		wants  string
		as     string
	}{
		{crier.ReasonDeadlineMissed, totals{Intended: 3, Accepted: 2, Deferred: 1}, crier.ReasonSending, "All 3 recipients have been tried; 1 deferred."},
		{crier.ReasonCancelled, totals{Intended: 3, Accepted: 1, Deferred: 1, Pending: 1}, crier.ReasonSending, "1 of 3 recipients not tried yet, 1 more deferred."},
		{crier.ReasonSuspended, totals{Intended: 3, Accepted: 3}, crier.ReasonSuspended, "All 3 recipients have been tried."},
		{crier.ReasonSenderNotAllowed, totals{Intended: 10, Accepted: 4, Pending: 6}, crier.ReasonSenderNotAllowed, "6 of 10 recipients not tried yet."},
		{crier.ReasonSenderNotAllowed, totals{Intended: 1, Pending: 1}, crier.ReasonSenderNotAllowed, "1 of 1 recipient not tried yet."},
		{crier.ReasonSuspended, totals{Intended: 1, Accepted: 1}, crier.ReasonSuspended, "The only recipient has been tried."},
		{crier.ReasonSuspended, totals{Intended: 5000, Accepted: 2000, Pending: 3000}, crier.ReasonSuspended, "3,000 of 5,000 recipients not tried yet."},
	} {
		v := stopped(&crier.RecordStop{Reason: c.reason, Message: "why"}, c.totals)
		if v.Reason != c.wants || !strings.Contains(v.Message, ": why. "+c.as) || finished(v.Reason) {
			t.Errorf("%s %+v: %s, %s", c.reason, c.totals, v.Reason, v.Message)
		}
	}
}

// Whoever was suppressed since a test copy or a report was written down has
// made neither of them fail.
func TestStateOfReports(t *testing.T) {
	type totals = crier.DeliveryTotals
	for _, c := range []struct {
		totals totals
		want   crier.ReportState
	}{
		{totals{Intended: 2, Accepted: 2}, crier.ReportSent},
		{totals{Intended: 2, Accepted: 1, Suppressed: 1}, crier.ReportSent},
		{totals{Intended: 2, Suppressed: 2}, crier.ReportNotSent},
		{totals{Intended: 2, Accepted: 1, Failed: 1}, crier.ReportFailed},
		{totals{Intended: 2, Accepted: 1, Expired: 1}, crier.ReportFailed},
		{totals{Intended: 2, Accepted: 1, Pending: 1}, crier.ReportFailed},
		{totals{Intended: 2, Failed: 2}, crier.ReportFailed},
		{totals{Intended: 2, Expired: 2}, crier.ReportNotSent},
		{totals{Intended: 2, Pending: 2}, crier.ReportNotSent},
		{totals{Intended: 2, Accepted: 1, Unknown: 1}, crier.ReportUnknown},
	} {
		record := &crier.DeliveryRecord{State: crier.DeliveryRecordState{Stage: crier.RecordFinished, Totals: c.totals}}
		if got := reportStatus(crier.ReportFinal, record); got.State != c.want {
			t.Errorf("%+v: %s, want %s", c.totals, got.State, c.want)
		}
	}
}
