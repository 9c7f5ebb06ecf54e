package lifecycle

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
)

func TestStopFor(t *testing.T) {
	there := &crier.Broadcast{ObjectMeta: metav1.ObjectMeta{UID: "u"}}
	suspended := there.DeepCopy()
	suspended.Spec.Suspend = true
	again := &crier.Broadcast{ObjectMeta: metav1.ObjectMeta{UID: "v"}}
	late := func(r *crier.DeliveryRecord) { r.State.Deadline = at(0) }
	gone := func(d time.Duration) func(*crier.DeliveryRecord) {
		return func(r *crier.DeliveryRecord) { r.State.GoneAt = at(-d) }
	}
	report := func(r *crier.DeliveryRecord) { r.Spec.Purpose = crier.RecordReport }
	test := func(r *crier.DeliveryRecord) { r.Spec.Purpose, r.State.GoneAt = crier.RecordTest, at(-30*time.Second) }

	format := func(n int32, more ...func(*crier.DeliveryRecord)) func(*crier.DeliveryRecord) {
		return func(r *crier.DeliveryRecord) {
			r.State.Frozen = &crier.FrozenDelivery{Format: n}
			for _, f := range more {
				f(r)
			}
		}
	}

	for _, c := range []struct {
		name   string
		world  World
		change func(*crier.DeliveryRecord)
		reason string
		final  bool
	}{
		{"nothing", World{Broadcast: there}, nil, "", false},
		{"no deadline", World{Broadcast: there}, func(r *crier.DeliveryRecord) { r.State.Deadline = nil }, "", false},
		{"frozen by the first releases", World{Broadcast: there}, format(0), "", false},
		{"frozen by this release", World{Broadcast: there}, format(Format), "", false},
		{"frozen by a later release", World{Broadcast: there}, format(Format + 1), crier.ReasonNewerRelease, false},
		{"frozen by a later release, and too late", World{Broadcast: there}, format(Format+1, late), crier.ReasonNewerRelease, false},
		{"frozen by a later release, and gone", World{}, format(Format+1, gone(time.Minute)), crier.ReasonNewerRelease, false},
		{"report frozen by a later release", World{}, format(Format+1, report), crier.ReasonNewerRelease, false},
		{"lost", World{Broadcast: there, Lost: "a shard"}, nil, crier.ReasonLedgerLost, false},
		{"lost, and too late", World{Broadcast: there, Lost: "a shard"}, late, crier.ReasonDeadlineMissed, true},
		{"unreadable", World{Broadcast: there, Unreadable: "spec.notAfter"}, nil, crier.ReasonFieldUnreadable, false},
		{"report of what is unreadable", World{Broadcast: there, Unreadable: "spec.notAfter"}, report, "", false},
		{"not gone for long", World{}, gone(30*time.Second - 1), crier.ReasonCancelled, false},
		{"just gone", World{}, gone(0), crier.ReasonCancelled, false},
		{"gone, not noted yet", World{}, nil, crier.ReasonCancelled, false},
		{"gone for good", World{}, gone(30 * time.Second), crier.ReasonCancelled, true},
		{"created again", World{Broadcast: again}, nil, crier.ReasonRecreatedWhileSend, false},
		{"created again and too late", World{Broadcast: again}, late, crier.ReasonDeadlineMissed, true},
		{"too late", World{Broadcast: there}, late, crier.ReasonDeadlineMissed, true},
		{"not granted", World{Broadcast: there, NotGranted: "why"}, nil, crier.ReasonSenderNotAllowed, false},
		{"not granted and too late", World{Broadcast: there, NotGranted: "why"}, late, crier.ReasonDeadlineMissed, true},
		{"relay not ready", World{Broadcast: there, NotReady: "why"}, nil, crier.ReasonRelayNotReady, false},
		{"may be sent", World{Broadcast: there, Stale: "why"}, nil, crier.ReasonLedgerStale, false},
		{"may be sent, and too late", World{Broadcast: there, Stale: "why"}, late, crier.ReasonDeadlineMissed, true},
		{"may be sent, and created again", World{Broadcast: again, Stale: "why"}, nil, crier.ReasonLedgerStale, false},
		{"report that may be sent", World{Stale: "why"}, report, crier.ReasonLedgerStale, false},
		{"test that may be sent", World{Broadcast: there, Stale: "why"}, test, crier.ReasonLedgerStale, false},
		{"report that was restored", World{Restored: "tuesday"}, report, crier.ReasonRestored, false},
		{"held", World{Broadcast: there, Held: true}, nil, crier.ReasonOperatorHold, false},
		{"suspended", World{Broadcast: suspended}, nil, crier.ReasonSuspended, false},
		{"suspended and too late", World{Broadcast: suspended}, late, crier.ReasonDeadlineMissed, true},
		{"report of what is gone", World{}, report, "", false},
		{"report of what was created again", World{Broadcast: again}, report, "", false},
		{"report of what is suspended", World{Broadcast: suspended}, report, "", false},
		{"report without a grant", World{NotGranted: "why"}, report, crier.ReasonSenderNotAllowed, false},
		{"test of what is gone", World{}, test, crier.ReasonCancelled, true},
		{"test of what was created again", World{Broadcast: again}, test, "", false},
		{"test of what is suspended", World{Broadcast: suspended}, test, "", false},
		{"report while held", World{Held: true}, report, crier.ReasonOperatorHold, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			record := &crier.DeliveryRecord{
				Spec:  crier.DeliveryRecordSpec{Purpose: crier.RecordBroadcast},
				State: crier.DeliveryRecordState{BroadcastUID: "u", Deadline: at(time.Second)},
			}
			if c.change != nil {
				c.change(record)
			}
			stop := StopFor(record, c.world, now)
			if stop == nil {
				stop = &crier.RecordStop{}
			}
			if stop.Reason != c.reason || stop.Final != c.final || c.reason != "" && (stop.Message == "" || !stop.At.Time.Equal(now)) {
				t.Errorf("%+v, want %s, final %t", stop, c.reason, c.final)
			}
		})
	}
}

func TestEndOf(t *testing.T) {
	missed, cancelled := crier.ReasonDeadlineMissed, crier.ReasonCancelled
	lost := func(t crier.DeliveryTotals) *crier.LostRecipients {
		return &crier.LostRecipients{Shards: "1", Totals: t}
	}
	for _, c := range []struct {
		name               string
		totals             crier.DeliveryTotals
		lost               *crier.LostRecipients
		deadline, deletion string
	}{
		{"all accepted", crier.DeliveryTotals{Intended: 2, Accepted: 2}, nil, crier.ReasonSent, crier.ReasonSent},
		{"all settled", crier.DeliveryTotals{Intended: 2, Accepted: 1, Unknown: 1}, nil, crier.ReasonSentWithFailures, crier.ReasonSentWithFailures},
		{"all suppressed", crier.DeliveryTotals{Intended: 2, Suppressed: 2}, nil, crier.ReasonNotSent, crier.ReasonNotSent},
		{"one deferred", crier.DeliveryTotals{Intended: 2, Accepted: 1, Deferred: 1}, nil, crier.ReasonSentWithFailures, cancelled},
		{"all deferred", crier.DeliveryTotals{Intended: 2, Deferred: 2}, nil, crier.ReasonSentWithFailures, cancelled},
		{"one never tried", crier.DeliveryTotals{Intended: 2, Accepted: 1, Pending: 1}, nil, missed, cancelled},
		{"nobody tried", crier.DeliveryTotals{Intended: 2, Pending: 2}, nil, missed, cancelled},
		{"one never tried, the others suppressed", crier.DeliveryTotals{Intended: 2, Suppressed: 1, Pending: 1}, nil, missed, cancelled},
		{"one never tried, and lost", crier.DeliveryTotals{Intended: 2, Accepted: 1, Pending: 1}, lost(crier.DeliveryTotals{Intended: 1, Pending: 1}),
			crier.ReasonRecipientsLost, crier.ReasonRecipientsLost},
		{"one deferred, and lost", crier.DeliveryTotals{Intended: 2, Accepted: 1, Deferred: 1}, lost(crier.DeliveryTotals{Intended: 1, Deferred: 1}),
			crier.ReasonSentWithFailures, crier.ReasonSentWithFailures},
		{"one never tried besides the lost", crier.DeliveryTotals{Intended: 2, Pending: 2}, lost(crier.DeliveryTotals{Intended: 1, Pending: 1}), missed, cancelled},
	} {
		t.Run(c.name, func(t *testing.T) {
			for reason, want := range map[string]string{missed: c.deadline, cancelled: c.deletion} {
				if got := EndOf(&crier.RecordStop{Reason: reason, Final: true}, &crier.DeliveryRecordState{Totals: c.totals, Lost: c.lost}); got != want {
					t.Errorf("%s ends as %s, want %s", reason, got, want)
				}
			}
		})
	}
}

func TestSameStop(t *testing.T) {
	a := &crier.RecordStop{Reason: "A", Message: "m", At: *at(0)}
	later := &crier.RecordStop{Reason: "A", Message: "m", At: *at(time.Hour)}
	final := &crier.RecordStop{Reason: "A", Message: "m", Final: true}
	for name, other := range map[string]*crier.RecordStop{
		"reason": {Reason: "B", Message: "m"}, "message": {Reason: "A", Message: "n"}, "both": {Reason: "B", Message: "n"},
	} {
		if SameStop(a, other) || SameStop(other, a) {
			t.Errorf("another %s is the same stop", name)
		}
	}
	if !SameStop(a, later) || !SameStop(nil, nil) || SameStop(a, nil) || SameStop(nil, a) || SameStop(a, final) {
		t.Error("stops are compared by more or less than reason, message and finality")
	}
}
