package flow_test

import (
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/testing/apitest"
)

func resends(token string, only crier.ResendSelection) func(*crier.Broadcast) {
	return func(b *crier.Broadcast) {
		b.Spec.Resend = &crier.Resend{Token: token, Only: only, NotAfter: metav1.Time{Time: start.Add(40 * time.Hour)}}
	}
}

// goesAgain applies a change, steps everything, and says how many were sent to.
func (w *world) goesAgain(change func(*crier.Broadcast)) int {
	w.Helper()
	w.Advance(time.Minute)
	apitest.Edit(w, "news", &crier.Broadcast{}, change)
	return w.goOn()
}

// goOn steps the Broadcast and its record until nothing is left to do, and says how
// many were sent to.
func (w *world) goOn() (sent int) {
	w.Helper()
	for range 4 {
		if _, err := w.tryBroadcast(); err != nil {
			w.Fatal(err)
		}
		w.Advance(10 * time.Second)
		w.carry(w.recordName())
		if r := w.record(); r.State.Stage == crier.RecordFrozen && r.State.Pass != nil && r.State.Pass.EndedAt == nil {
			sent += w.send(w.recordName(), 1<<20, accepted)
			w.endJob(w.recordName())
			w.carry(w.recordName())
		}
	}
	w.stage(crier.RecordFinished)
	return sent
}

// A resend acts once in the life of a run: what Git says goes back and forth,
// and two appliers may fight for days.
func TestRevertedResendDoesNothing(t *testing.T) {
	w := newWorld(t, 10)
	w.frozen()
	w.over(accepted)
	if n := w.goesAgain(resends("monday", crier.ResendAll)); n != 10 {
		t.Fatalf("%d were sent to", n)
	}
	if n := w.goesAgain(resends("tuesday", crier.ResendFailed)); n != 0 {
		t.Errorf("%d of none that failed were sent to", n)
	}
	for range 3 {
		if n := w.goesAgain(resends("monday", crier.ResendAll)); n != 0 {
			t.Fatalf("a revert sent to %d", n)
		}
		if n := w.goesAgain(resends("tuesday", crier.ResendAll)); n != 0 {
			t.Fatalf("the other one sent to %d", n)
		}
	}
	w.again(resends("monday", crier.ResendAll))
	if n := w.goOn(); n != 0 || w.record().State.Generation != 1 {
		t.Errorf("created again: %d were sent to", n)
	}
	if n := w.goesAgain(resends("wednesday", crier.ResendAll)); n != 10 {
		t.Errorf("a new token sent to %d", n)
	}
}

// A resend that is there before anybody was sent to came with a copied manifest
// or is applied to a cluster that has lost its memory: nobody asked for two.
func TestCreatedWithAResend(t *testing.T) {
	for name, before := range map[string]func(*world){
		"at first sight":       func(w *world) { w.Create(w.with(resends("copied", crier.ResendAll))) },
		"while it waits":       func(w *world) { w.waiting(resends("copied", crier.ResendAll)) },
		"there for a while":    func(w *world) { w.waiting(resends("copied", crier.ResendAll), noResend) },
		"under one more token": func(w *world) { w.waiting(resends("other", crier.ResendAll), resends("copied", crier.ResendRemaining)) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 3)
			before(w)
			apitest.Edit(w, "news", &crier.Broadcast{}, func(b *crier.Broadcast) { b.Spec.Suspend = false })
			if n := w.goOn(); n != 3 {
				t.Errorf("%d were sent to, of 3", n)
			}
			if n := w.goesAgain(resends("copied", crier.ResendAll)); n != 0 {
				t.Errorf("the token acts later: %d", n)
			}
			if n := w.goesAgain(resends("another", crier.ResendAll)); n != 3 {
				t.Errorf("another token: %d", n)
			}
		})
	}
}

func noResend(b *crier.Broadcast) { b.Spec.Resend = nil }

func (w *world) with(changes ...func(*crier.Broadcast)) *crier.Broadcast {
	b := w.Broadcast()
	for _, change := range changes {
		change(b)
	}
	return b
}

// waiting has the Broadcast wait, and be changed one change after the other.
func (w *world) waiting(changes ...func(*crier.Broadcast)) {
	w.Helper()
	w.Create(w.with(func(b *crier.Broadcast) { b.Spec.Suspend = true }))
	for _, change := range changes {
		w.look(crier.ReasonSuspended, "")
		apitest.Edit(w, "news", &crier.Broadcast{}, change)
	}
	w.look(crier.ReasonSuspended, "")
}

// The same in another run of the name.
func TestNewRunWithAResend(t *testing.T) {
	w := newWorld(t, 3)
	w.frozen()
	w.over(accepted)
	w.Advance(72 * time.Hour)
	w.again(otherText, func(b *crier.Broadcast) {
		b.Spec.NotAfter = &metav1.Time{Time: w.Clock.Now().Add(48 * time.Hour)}
		b.Spec.Resend = &crier.Resend{Token: "copied", Only: crier.ResendAll, NotAfter: *b.Spec.NotAfter}
	})
	if n := w.goOn(); n != 3 || w.record().State.Run != 2 {
		t.Errorf("run %d sent to %d", w.record().State.Run, n)
	}
}

// Deleting is how people stop. One that comes back with a resend that was
// carried out is held like any other.
func TestCreatedAgainWithAnOldResend(t *testing.T) {
	w := newWorld(t, 10)
	w.frozen()
	w.over(accepted)
	w.goesAgain(resends("monday", crier.ResendRemaining))
	apitest.Edit(w, "news", &crier.Broadcast{}, resends("tuesday", crier.ResendAll))
	w.look(crier.ReasonSending, "")
	w.Advance(time.Minute)
	w.carry(w.recordName())
	w.send(w.recordName(), 4, accepted)
	w.again(resends("monday", crier.ResendRemaining))
	w.carry(w.recordName())
	w.look(crier.ReasonRecreatedWhileSend, "spec.resend")
	w.again(func(b *crier.Broadcast) {
		resends("friday", crier.ResendRemaining)(b)
		b.Spec.Resend.NotAfter = metav1.Time{Time: start.Add(100 * 24 * time.Hour)}
	})
	w.look(crier.ReasonInvalidResend, "90 days")
	w.again(resends("friday", crier.ResendRemaining))
	if n := w.goOn(); n != 6 {
		t.Errorf("%d of the 6 that remained were sent to", n)
	}
}

// A resend with an early end frees the name no earlier than the Broadcast's own
// deadline, and has nothing forgotten before.
func TestShortResendFreesNothing(t *testing.T) {
	w := newWorld(t, 3)
	late := &metav1.Time{Time: start.Add(80 * 24 * time.Hour)}
	w.frozen(func(b *crier.Broadcast) { b.Spec.NotAfter = late })
	w.over(accepted)
	w.goesAgain(resends("monday", crier.ResendFailed))
	w.Delete(apitest.Get(w, "news", &crier.Broadcast{}))
	w.carry(w.recordName())
	w.Advance(40 * 24 * time.Hour)
	w.carry(w.recordName())
	w.stage(crier.RecordFinished)
	w.Create(w.with(func(b *crier.Broadcast) { b.Spec.NotAfter = late }))
	w.look(crier.ReasonSent, "100%")
	w.again(otherText, func(b *crier.Broadcast) { b.Spec.NotAfter = late })
	w.look(crier.ReasonNameReused, "until 2026-05-21T09:00:00Z")
	w.Delete(apitest.Get(w, "news", &crier.Broadcast{}))
	w.carry(w.recordName())
	w.Advance(71 * 24 * time.Hour)
	w.carry(w.recordName())
	if err := api.Get(t.Context(), client.ObjectKey{Name: w.recordName()}, &crier.DeliveryRecord{}); err == nil {
		t.Error("it is kept for ever")
	}
}

// A record that an older release gave the deadline of a resend takes back that
// of its Broadcast.
func TestShortResendOfAnOlderRelease(t *testing.T) {
	w := newWorld(t, 3)
	w.frozen()
	w.over(accepted)
	record := w.record()
	record.State.Deadline = &metav1.Time{Time: start.Add(time.Hour)}
	if err := api.Update(t.Context(), record); err != nil {
		t.Fatal(err)
	}
	w.look(crier.ReasonSent, "")
	w.Advance(2 * time.Hour)
	w.again(otherText)
	w.look(crier.ReasonNameReused, start.Add(48*time.Hour).Format(time.RFC3339))
}

func tests(token string) func(*crier.Broadcast) {
	return func(b *crier.Broadcast) {
		b.Spec.Suspend = true
		b.Spec.Test = &crier.BroadcastTest{Token: token, Recipients: []crier.MailAddress{"me@example.gov"}}
	}
}

// A test copy is made once for a token, even if its record is gone by now or the
// Broadcast was created again; also if another one came in between.
func TestTestCopyOnceForAToken(t *testing.T) {
	w := newWorld(t, 3)
	w.Create(w.with(tests("one")))
	b := w.look(crier.ReasonSuspended, "")
	if b.Status.Test == nil || b.Status.Test.State != crier.ReportPending || w.attempts != 1 {
		t.Fatalf("created with a test: %+v", b.Status.Test)
	}
	apitest.Edit(w, "news", &crier.Broadcast{}, tests("two"))
	w.look(crier.ReasonSuspended, "")
	for _, token := range []string{"one", "two"} {
		w.Delete(w.recordOf(names.TestRecordName(w.NS, "news", token)))
	}
	if b = w.look(crier.ReasonSuspended, ""); b.Status.Test.State != crier.ReportPending {
		t.Errorf("what was known of it is forgotten: %+v", b.Status.Test)
	}
	w.again(tests("one"))
	b = w.look(crier.ReasonSuspended, "")
	w.expectTest(b, crier.ReportNotSent, "this token was used before")
	apitest.Edit(w, "news", &crier.Broadcast{}, tests("two"))
	w.expectTest(w.look(crier.ReasonSuspended, ""), crier.ReportNotSent, "this token was used before")
	if w.attempts != 2 {
		t.Errorf("%d copies of 2 tokens", w.attempts)
	}
	apitest.Edit(w, "news", &crier.Broadcast{}, tests("three"))
	w.expectTest(w.look(crier.ReasonSuspended, ""), crier.ReportPending, "")
	w.sendsAfterTests()
}

// sendsAfterTests: what is tested holds nothing up.
func (w *world) sendsAfterTests() {
	w.Helper()
	apitest.Edit(w, "news", &crier.Broadcast{}, func(b *crier.Broadcast) { b.Spec.Suspend = false })
	if n := w.goOn(); n != 3 {
		w.Errorf("%d were sent to", n)
	}
	w.expectTest(w.look(crier.ReasonSent, ""), crier.ReportPending, "")
	apitest.Edit(w, "news", &crier.Broadcast{}, tests("one"))
	w.expectTest(w.look(crier.ReasonSent, ""), crier.ReportNotSent, "this token was used before")
}

func (w *world) expectTest(b *crier.Broadcast, state crier.ReportState, words string) {
	w.Helper()
	if t := b.Status.Test; t == nil || t.State != state || !strings.Contains(t.Message, words) {
		w.Errorf("test %+v, want %s, %q", b.Status.Test, state, words)
	}
}

// A manager that is killed at any write of a test makes one copy in the end.
func TestTestCopyOfAKilledManager(t *testing.T) {
	for at := 1; at <= 9; at++ {
		w := newWorld(t, 3)
		w.Create(w.with(tests("one")))
		w.restart((&broken{at: at}).client())
		_, _ = w.tryBroadcast()
		w.restart(api)
		w.expectTest(w.look(crier.ReasonSuspended, ""), crier.ReportPending, "")
		if r := w.recordOf(names.TestRecordName(w.NS, "news", "one")); r.State.Stage != crier.RecordFrozen || len(w.record().State.TestTokens) != 1 {
			t.Errorf("killed at write %d: %s, %+v", at, r.State.Stage, w.record().State.TestTokens)
		}
	}
}
