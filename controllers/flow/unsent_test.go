package flow_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/delivery/lifecycle"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/testing/apitest"
)

func suspended(b *crier.Broadcast) { b.Spec.Suspend = true }

// noRecord says that nothing is remembered of the Broadcast.
func (w *world) noRecord() {
	w.Helper()
	err := api.Get(w.Context(), client.ObjectKey{Name: w.recordName()}, &crier.DeliveryRecord{})
	if !apierrors.IsNotFound(err) {
		w.Fatalf("there is a record: %v", err)
	}
}

// What was never sealed goes with its Broadcast, and is as new as ever when that
// comes back.
func TestNothingIsKeptOfWhatWasNeverSealed(t *testing.T) {
	w := newWorld(t, 3)
	w.Create(w.with(suspended))
	w.look(crier.ReasonSuspended, "")
	w.stage(crier.RecordRegistered)
	w.Delete(apitest.Get(w, "news", &crier.Broadcast{}))
	again := w.carry(w.recordName()).RequeueAfter
	if again < 10*time.Minute || again > 11*time.Minute {
		t.Errorf("it is looked at again after %s", again)
	}
	w.Advance(9 * time.Minute)
	w.carry(w.recordName())
	w.Create(w.with(suspended)) // a client that replaces it
	w.look(crier.ReasonSuspended, "")
	w.carry(w.recordName())
	w.Advance(time.Hour)
	w.carry(w.recordName())
	w.stage(crier.RecordRegistered)

	w.Delete(apitest.Get(w, "news", &crier.Broadcast{}))
	w.carry(w.recordName())
	w.Advance(again)
	w.carry(w.recordName())
	w.noRecord()
	w.frozen()
	w.over(accepted)
	w.look(crier.ReasonSent, "100%")
}

// A Broadcast that comes back while its record goes isn't taken for one whose
// record is lost.
func TestComesBackWhileItsRecordGoes(t *testing.T) {
	w := newWorld(t, 3)
	w.Create(w.with(suspended))
	w.look(crier.ReasonSuspended, "")
	w.again()
	w.restart(interceptor.NewClient(api, interceptor.Funcs{
		Update: func(ctx context.Context, c client.WithWatch, obj client.Object, o ...client.UpdateOption) error {
			if record, ok := obj.(*crier.DeliveryRecord); ok {
				if err := c.Delete(ctx, record); client.IgnoreNotFound(err) != nil {
					return err
				}
			}
			return c.Update(ctx, obj, o...)
		},
	}))
	if _, err := w.tryBroadcast(); err != nil {
		t.Fatal(err)
	}
	w.noRecord()
	w.restart(api)
	w.look(crier.ReasonSending, "")
}

// Who can't send fills no ledger: a Broadcast is remembered from when its lists
// are there and a grant covers them.
func TestNothingIsRememberedWithoutTheRightToSend(t *testing.T) {
	w := bare(t)
	w.Create(w.Broadcast())
	b := w.look(crier.ReasonListNotFound, "")
	w.noRecord()
	if b.Status.Record != "" || b.Status.Phase != crier.PhaseWaiting {
		t.Errorf("status %+v", b.Status)
	}
	w.Create(w.set("staff", 3), w.List())
	w.prepare()
	w.look(crier.ReasonSenderNotAllowed, "")
	w.noRecord()
	relay := w.Relay()
	relay.Spec.Grants[0].Domains = []string{"example.org"}
	w.Create(relay)
	w.prepare()
	w.look(crier.ReasonSenderNotAllowed, "")
	w.noRecord()
	apitest.Edit(w, "main", &crier.Relay{}, func(r *crier.Relay) { r.Spec.Grants = w.Relay().Spec.Grants })
	w.prepare()
	w.look(crier.ReasonSending, "")
	w.stage(crier.RecordFrozen)
}

// A template that is missing is no reason to forget: who may send hears of a
// deadline that was missed.
func TestWhatMayBeSentIsRegisteredWhateverItWaitsFor(t *testing.T) {
	w := newWorld(t, 3)
	w.Create(w.with(func(b *crier.Broadcast) {
		b.Spec.Content = crier.BroadcastContent{TemplateRef: &crier.TemplateReference{Name: "none"}, Markdown: "Hello"}
	}))
	w.look(crier.ReasonTemplateNotFound, "")
	w.stage(crier.RecordRegistered)
}

// Deleted and created again before it was registered, it was never sent, and is
// sent once.
func TestCreatedAgainBeforeItIsRegistered(t *testing.T) {
	w := newWorld(t, 3)
	list := apitest.Get(w, "staff", &crier.MailingList{})
	w.Delete(list)
	w.Create(w.Broadcast())
	w.look(crier.ReasonListNotFound, "")
	w.again(resends("copied", crier.ResendAll))
	w.look(crier.ReasonListNotFound, "")
	w.noRecord()
	w.Create(w.List())
	w.prepare()
	if _, err := w.tryBroadcast(); err != nil {
		t.Fatal(err)
	}
	if n := w.goOn(); n != 3 {
		t.Errorf("%d were sent to, of 3", n)
	}
}

// The deadline of one that may not be sent passes. It says so, and makes no
// record; when it may be sent soon after, its owners get the report.
func TestDeadlineMissedUnregistered(t *testing.T) {
	for name, later := range map[string]time.Duration{"soon": time.Hour, "much later": 80 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 3)
			w.Delete(apitest.Get(w, "staff", &crier.MailingList{}))
			deadline := time.Now().Add(time.Hour).Truncate(time.Second)
			w.Clock.SetTime(time.Now())
			w.Create(w.with(func(b *crier.Broadcast) { b.Spec.NotAfter = &metav1.Time{Time: deadline} }))
			w.look(crier.ReasonListNotFound, "")
			w.Clock.SetTime(deadline)
			b := w.look(crier.ReasonDeadlineMissed, "nothing was sent")
			w.condition(b, crier.ConditionFinished, true, crier.ReasonDeadlineMissed)
			w.condition(b, crier.ConditionComplete, false, crier.ReasonDeadlineMissed)
			w.noRecord()
			w.Advance(later)
			w.Create(w.List())
			w.prepare()
			w.look(crier.ReasonDeadlineMissed, "")
			if want := later < 72*time.Hour; (w.reportRecords() == 1) != want {
				t.Errorf("%d reports", w.reportRecords())
			}
			apitest.Edit(w, "news", &crier.Broadcast{}, func(b *crier.Broadcast) {
				b.Spec.NotAfter = &metav1.Time{Time: w.Clock.Now().Add(time.Hour)}
			})
			w.look(crier.ReasonSending, "")
		})
	}
}

// A namespace has so many records and no more. An urgent message goes on.
func TestTooManyBroadcasts(t *testing.T) {
	w := newWorld(t, 3)
	grantUrgent(w)
	w.prepare()
	w.Create(w.Broadcast())
	w.crowded(func(int) crier.RecordStage { return crier.RecordRegistered }, lifecycle.MaxOpen)
	w.look(crier.ReasonTooManyBroadcasts, "Namespace "+w.NS+" has 500 Broadcasts that wait or are being sent")
	w.noRecord()
	w.again(urgent)
	w.look(crier.ReasonSending, "")
}

func TestTooManyRecords(t *testing.T) {
	w := newWorld(t, 3)
	w.Create(w.Broadcast())
	w.crowded(func(i int) crier.RecordStage {
		if i < lifecycle.MaxOpen-1 {
			return crier.RecordFrozen
		}
		return crier.RecordFinished
	}, lifecycle.MaxKept)
	w.look(crier.ReasonTooManyBroadcasts, "10,000 records of what was sent")
	w.crowded(func(i int) crier.RecordStage { return crier.RecordFinished }, lifecycle.MaxKept-1)
	w.look(crier.ReasonSending, "")
}

// crowded has the manager see that many records of the namespace besides.
func (w *world) crowded(stage func(int) crier.RecordStage, n int) {
	w.restart(interceptor.NewClient(api, interceptor.Funcs{
		List: func(ctx context.Context, c client.WithWatch, list client.ObjectList, o ...client.ListOption) error {
			err := c.List(ctx, list, o...)
			if records, ok := list.(*crier.DeliveryRecordList); ok {
				for i := range n {
					records.Items = append(records.Items, crier.DeliveryRecord{
						Spec:  crier.DeliveryRecordSpec{Namespace: w.NS, Purpose: crier.RecordBroadcast},
						State: crier.DeliveryRecordState{Stage: stage(i)},
					})
				}
			}
			return err
		},
	}))
}

// Test copies are few in a day, and reach no more than a message may.
func TestTestCopiesInADay(t *testing.T) {
	w := newWorld(t, 1)
	w.Create(w.with(suspended))
	w.look(crier.ReasonSuspended, "")
	record := w.record()
	for i := range 20 {
		record.State.TestTokens = lifecycle.Use(record.State.TestTokens, fmt.Sprint("t", i), 1, start)
	}
	w.Update(record)
	w.Advance(time.Hour)
	apitest.Edit(w, "news", &crier.Broadcast{}, tests("more"))
	result, err := w.tryBroadcast()
	if err != nil || result.RequeueAfter != 23*time.Hour {
		t.Errorf("again after %s, %v", result.RequeueAfter, err)
	}
	w.expectTest(w.look(crier.ReasonSuspended, ""), crier.ReportNotSent, "tried again at 2026-03-03T09:00:00Z")
	w.Advance(23 * time.Hour)
	w.expectTest(w.look(crier.ReasonSuspended, ""), crier.ReportPending, "")

	one := int64(1)
	apitest.Edit(w, "main", &crier.Relay{}, func(r *crier.Relay) { r.Spec.Grants[0].MaxRecipients = &one })
	w.prepare()
	apitest.Edit(w, "news", &crier.Broadcast{}, tests("yet-more"))
	w.expectTest(w.look(crier.ReasonSuspended, ""), crier.ReportNotSent, "1 address")
}

// The record of a test copy goes with its detail, when the Broadcast's own
// remembers its token.
func TestRecordsOfTestsGo(t *testing.T) {
	w := newWorld(t, 3)
	w.Create(w.with(tests("one")))
	w.look(crier.ReasonSuspended, "")
	name := names.TestRecordName(w.NS, "news", "one")
	for range 2 {
		w.carry(name)
	}
	w.send(name, 1, accepted)
	w.endJob(name)
	w.carry(name)
	w.Advance(7*24*time.Hour - time.Minute)
	w.carry(name)
	w.recordOf(name)
	known := w.record().State.TestTokens
	w.forgetTests(nil) // as if an older release had made the copy
	w.Advance(time.Hour)
	w.carry(name)
	if r := w.recordOf(name); r.State.CompactedAt == nil {
		t.Error("its detail is kept")
	} else {
		r.State.CompactedAt = nil
		w.Update(r)
	}
	w.forgetTests(known)
	w.carry(name)
	if err := api.Get(t.Context(), client.ObjectKey{Name: name}, &crier.DeliveryRecord{}); !apierrors.IsNotFound(err) {
		t.Errorf("it is kept: %v", err)
	}
}

func (w *world) forgetTests(tokens []crier.UsedToken) {
	w.Helper()
	record := w.record()
	record.State.TestTokens = tokens
	w.Update(record)
}
