//go:build e2e

package e2e

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/testing/smtptest"
)

// testGreylisted refuses some for now: they get the message in the next pass.
func testGreylisted(t *testing.T) {
	w := newWorld(t, smtptest.Script{Rules: []smtptest.Rule{
		{Regexp: `^u000[0-4]@`, First: 1, Code: 451, Enhanced: "4.7.1", Text: "greylisted, come back later"},
	}})
	w.standard(20)
	b := w.broadcast("later-for-some")
	w.create(b)
	c := w.until(b, crier.ConditionReconciling, metav1.ConditionTrue, crier.ReasonRetrying)
	w.Log(c.Message)
	if b.Status.Phase != crier.PhaseRetrying || b.Status.Totals == nil || b.Status.Totals.Deferred != 5 {
		w.Errorf("phase %s, totals %+v", b.Status.Phase, b.Status.Totals)
	}
	b = w.finished(b.Name)
	w.accounted(b, 20, 0)
	if b.Status.Pass != 2 || b.Status.Totals.Accepted != 20 {
		w.Errorf("pass %d, totals %+v", b.Status.Pass, b.Status.Totals)
	}
}

// testConnectionsLost hangs up where nobody can know what became of a message.
func testConnectionsLost(t *testing.T) {
	s := sizeOf("ConnectionsLost")
	w := newWorld(t, smtptest.Script{Rules: []smtptest.Rule{
		{Phase: smtptest.Dot, Regexp: `^u\d*0[12]@`, Drop: smtptest.DropStored},
		{Phase: smtptest.Dot, Regexp: `^u\d*0[34]@`, Drop: smtptest.DropBefore},
	}})
	w.crowd(s.people, connections)
	b := w.send()
	lost := int64(s.people+99) / 100 * 4 // 1 to 4, 101 to 104 and so on
	w.audit(b, bounds{people: s.people, unknown: int(lost)})
	if got := b.Status.Totals; got.Unknown != lost {
		w.Errorf("totals %+v", got)
	}
	for _, d := range b.Status.Deliveries {
		if d.State == crier.DeliveryUnknown {
			w.Logf("%s is unknown after %d attempts: %s", d.Recipient, d.Attempts, d.Reply)
		}
	}
}

// testResend sends once more to those who were refused, after their cause was mended.
func testResend(t *testing.T) {
	w := newWorld(t, someRefused)
	w.standard(40)
	b := w.broadcast("again")
	w.create(b)
	b = w.finished(b.Name)
	w.accounted(b, 40, 0)
	if b.Status.Totals.Failed != 3 {
		w.Fatalf("totals %+v", b.Status.Totals)
	}
	w.must(w.catcher.SetScript(w.ctx, smtptest.Script{}))
	patch(w, b, func(b *crier.Broadcast) {
		b.Spec.Resend = &crier.Resend{
			Token: "mended", Only: crier.ResendFailed,
			NotAfter: metav1.NewTime(time.Now().Add(time.Hour).Truncate(time.Second)),
		}
	})
	w.stored(40 + 1) // the report of the first time is the one more
	w.until(b, crier.ConditionComplete, metav1.ConditionTrue, crier.ReasonSent)
	b = w.finished(b.Name)
	w.accounted(b, 40, 0)
	if b.Status.ResendToken != "mended" || b.Status.Totals.Accepted != 40 {
		w.Errorf("token %q, totals %+v", b.Status.ResendToken, b.Status.Totals)
	}
}

// testTooLate applies what was too late already: quiet, and without mail.
func testTooLate(t *testing.T) {
	w := newWorld(t, smtptest.Script{})
	w.standard(5)
	b := w.broadcast("yesterday")
	past := metav1.NewTime(time.Now().Add(-24 * time.Hour).Truncate(time.Second))
	b.Spec.NotAfter = &past
	w.create(b)
	w.until(b, crier.ConditionReady, metav1.ConditionTrue, crier.ReasonDeadlinePassed)
	w.until(b, crier.ConditionFinished, metav1.ConditionTrue, crier.ReasonDeadlinePassed)
	w.silent()
}
