package flow_test

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/testing/apitest"
)

// again deletes the Broadcast and creates it anew, changed.
func (w *world) again(change ...func(*crier.Broadcast)) {
	w.Helper()
	w.Delete(apitest.Get(w, "news", &crier.Broadcast{}))
	b := w.Broadcast()
	for _, f := range change {
		f(b)
	}
	w.Create(b)
}

func otherText(b *crier.Broadcast) { b.Spec.Content.Text = "Something else" }

func TestCreatedAgainAfterTheEnd(t *testing.T) {
	w := newWorld(t, 3)
	w.frozen()
	w.over(accepted)
	w.look(crier.ReasonSent, "100%")
	attempt := w.record().State.Frozen.Attempt

	w.again()
	b := w.look(crier.ReasonSent, "100%")
	w.condition(b, crier.ConditionComplete, true, crier.ReasonSent)
	if len(b.Status.Deliveries) != 3 || b.Status.Totals.Accepted != 3 {
		t.Errorf("the result is not shown: %+v", b.Status)
	}
	for range 3 {
		w.carry(w.recordName())
	}
	w.again(otherText)
	b = w.look(crier.ReasonNameReused, "create it under a new name")
	w.condition(b, crier.ConditionFinished, false, crier.ReasonNameReused)
	w.carry(w.recordName())
	if r := w.stage(crier.RecordFinished); r.State.Frozen.Attempt != attempt || len(w.jobs(r.Name)) > 0 || w.attempts != 2 {
		t.Errorf("%d attempts (one is the report's), frozen %+v", w.attempts, r.State.Frozen)
	}
	// It is looked at again by itself when the name is free.
	result, err := w.tryBroadcast()
	if left := start.Add(48 * time.Hour).Sub(w.Clock.Now()); err != nil || result.RequeueAfter < left || result.RequeueAfter > left+time.Minute {
		t.Errorf("again after %s, %v", result.RequeueAfter, err)
	}

	w.Advance(49 * time.Hour)
	w.again(otherText, func(b *crier.Broadcast) { b.Spec.NotAfter = &metav1.Time{Time: w.Clock.Now().Add(time.Hour)} })
	w.look(crier.ReasonSending, "")
	if r := w.stage(crier.RecordFrozen); r.State.Run != 2 || r.State.Frozen.Attempt == attempt || len(r.State.Reports) > 0 {
		t.Errorf("run %d, %+v", r.State.Run, r.State)
	}
}

func TestCreatedAgainWhileSending(t *testing.T) {
	for name, goOn := range map[string]func(*crier.Broadcast){
		"resend": func(b *crier.Broadcast) {
			b.Spec.Resend = &crier.Resend{Token: "go", Only: crier.ResendRemaining, NotAfter: metav1.Time{Time: start.Add(24 * time.Hour)}}
		},
		"policy": func(b *crier.Broadcast) { b.Spec.OnRecreate = crier.RecreateResume },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 10)
			w.frozen()
			w.send(w.recordName(), 4, accepted)
			w.again()
			w.carry(w.recordName())
			w.carry(w.recordName())
			b := w.look(crier.ReasonRecreatedWhileSend, "spec.resend")
			w.condition(b, crier.ConditionFinished, false, crier.ReasonRecreatedWhileSend)
			if r := w.record(); !r.State.Stopped || len(w.jobs(r.Name)) > 0 || r.State.Totals.Accepted != 4 {
				t.Fatalf("not stopped: %+v", r.State)
			}
			apitest.Edit(w, "news", &crier.Broadcast{}, goOn)
			w.look(crier.ReasonSending, "")
			w.carry(w.recordName())
			w.Advance(10 * time.Second)
			w.carry(w.recordName())
			if n := w.send(w.recordName(), 100, accepted); n != 6 {
				t.Errorf("%d were sent to, want the 6 that remained", n)
			}
			w.endJob(w.recordName())
			w.carry(w.recordName())
			w.look(crier.ReasonSent, "100%")
		})
	}
}

func TestCreatedAgainIsHeldUntilTheDeadlineOnly(t *testing.T) {
	w := newWorld(t, 10)
	w.frozen()
	w.again()
	w.carry(w.recordName())
	w.look(crier.ReasonRecreatedWhileSend, "")
	w.Advance(48 * time.Hour)
	w.carry(w.recordName())
	b := w.look(crier.ReasonDeadlineMissed, "10 of 10 were never tried")
	w.condition(b, crier.ConditionFinished, true, crier.ReasonDeadlineMissed)
	w.condition(b, crier.ConditionComplete, false, crier.ReasonDeadlineMissed)
}

// elsewhere makes the record that of a namespace which is gone.
func (w *world) elsewhere() {
	w.Helper()
	record := w.record()
	record.State.NamespaceUID = "an earlier one"
	if err := api.Update(w.Context(), record); err != nil {
		w.Fatal(err)
	}
}

func TestNamespaceCreatedAgainSeesNobody(t *testing.T) {
	w := newWorld(t, 3)
	w.frozen()
	w.over(func(i int) (r result) { return ends(i, crier.DeliveryFailed, "No") })
	w.elsewhere()
	w.again()
	for range 3 { // at the first look, and at all later ones
		b := w.look(crier.ReasonSentWithFailures, "3 failed")
		if len(b.Status.Deliveries) > 0 || len(b.Status.ReportConfigMaps) > 0 || b.Status.Totals.Failed != 3 {
			t.Fatalf("more than totals: %+v", b.Status)
		}
		if err := api.Get(w.Context(), client.ObjectKey{Namespace: w.NS, Name: "news-report"}, &corev1.ConfigMap{}); err == nil {
			t.Fatal("there is a report")
		}
	}
	apitest.Edit(w, "news", &crier.Broadcast{}, func(b *crier.Broadcast) {
		b.Spec.Resend = &crier.Resend{Token: "go", Only: crier.ResendAll, NotAfter: metav1.Time{Time: start.Add(24 * time.Hour)}}
	})
	w.look(crier.ReasonInvalidResend, "")
	w.stage(crier.RecordFinished)
}

func TestNamespaceCreatedAgainWhileSending(t *testing.T) {
	w := newWorld(t, 3)
	w.frozen()
	w.elsewhere()
	w.again(func(b *crier.Broadcast) { b.Spec.OnRecreate = crier.RecreateResume })
	w.look(crier.ReasonRecreatedWhileSend, "stopped permanently")
	w.carry(w.recordName())
	if r := w.record(); r.State.Stop == nil || r.State.Stop.Reason != crier.ReasonRecreatedWhileSend {
		t.Errorf("stop %+v", r.State.Stop)
	}
}

func TestWipedStatusConverges(t *testing.T) {
	w := newWorld(t, 10)
	before := w.frozen()
	w.send(w.recordName(), 4, accepted)
	w.carry(w.recordName())
	wipe := func() {
		t.Helper()
		b := apitest.Get(w, "news", &crier.Broadcast{})
		b.Status = crier.BroadcastStatus{ObservedGeneration: -1}
		if err := api.Status().Update(w.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	wipe()
	b := w.look(crier.ReasonSending, "")
	if b.Status.Totals.Accepted != 4 || b.Status.Sealed == nil || *b.Status.Sealed != *before.Status.Sealed || w.attempts != 1 {
		t.Errorf("%d attempts, status %+v", w.attempts, b.Status)
	}
	// In the moment without a status an edit gets through: what was sealed goes on.
	wipe()
	apitest.Edit(w, "news", &crier.Broadcast{}, otherText)
	w.look(crier.ReasonChangedAfterStart, "The sealed message is still being sent")
	w.carry(w.recordName())
	w.over(accepted)
	b = w.look(crier.ReasonChangedAfterStart, "")
	w.condition(b, crier.ConditionComplete, true, crier.ReasonSent)
	if w.attempts != 1 {
		t.Errorf("%d attempts", w.attempts)
	}
	wipe()
	apitest.Edit(w, "news", &crier.Broadcast{}, func(b *crier.Broadcast) { b.Spec.Content = w.Broadcast().Spec.Content })
	b = w.look(crier.ReasonSent, "")
	if len(b.Status.Deliveries) != 10 {
		t.Errorf("%d deliveries", len(b.Status.Deliveries))
	}
}

func TestLostRecordHolds(t *testing.T) {
	w := newWorld(t, 3)
	w.frozen()
	w.Delete(w.record())
	b := w.look(crier.ReasonLedgerLost, "nothing is sent")
	w.condition(b, crier.ConditionFinished, false, crier.ReasonLedgerLost)
	w.look(crier.ReasonLedgerLost, "")
	if err := api.Get(w.Context(), client.ObjectKey{Name: w.recordName()}, &crier.DeliveryRecord{}); err == nil {
		t.Error("there is a record again")
	}
}

func TestOlderThanTheLedger(t *testing.T) {
	w := newWorld(t, 3)
	w.Create(w.Broadcast())
	w.restart(ledgerBorn(time.Now().Add(time.Hour)))
	w.look(crier.ReasonLedgerLost, "")
	if w.attempts > 0 {
		t.Error("something was frozen")
	}
}

func TestTerminatingBroadcastIsGone(t *testing.T) {
	w := newWorld(t, 3)
	b := w.Broadcast()
	b.Finalizers = []string{"example.gov/keep"}
	w.Create(b)
	w.look(crier.ReasonSending, "")
	w.carry(w.recordName())
	w.Delete(b)
	w.carry(w.recordName())
	w.Advance(time.Minute)
	w.carry(w.recordName())
	if r := w.stage(crier.RecordFinished); r.State.Result != crier.ReasonCancelled {
		t.Errorf("result %s", r.State.Result)
	}
	patch := client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"finalizers":null}}`))
	if err := api.Patch(w.Context(), b, patch); err != nil {
		t.Fatal(err)
	}
}
