package flow_test

import (
	"fmt"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/heart"
	"crier.dev/crier/internal/delivery/handout"
	"crier.dev/crier/internal/delivery/heartbeat"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/testing/apitest"
)

// leads is a manager that begins to lead, with a heartbeat in the world's namespace.
func (w *world) leads() {
	w.Helper()
	leads := make(chan struct{})
	close(leads)
	if w.processes == 0 { // records of other tests are there, so there must be one
		lease := &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Namespace: w.NS, Name: names.HeartbeatLease}}
		heartbeat.Beat{Holder: "manager", At: w.Clock.Now()}.Into(lease)
		w.Create(lease)
	}
	w.processes++
	w.heart = &heart.Keeper{
		Client: api, Reader: api, Namespace: w.NS, Me: fmt.Sprintf("manager_%d", w.processes),
		StaleAfter: 30 * time.Minute, Leads: leads, Clock: w.Clock,
	}
	w.restart(api)
	must(w, w.heart.Beat(w.Context()))
}

func (w *world) lease() *coordinationv1.Lease {
	w.Helper()
	return apitest.Get(w, names.HeartbeatLease, &coordinationv1.Lease{})
}

// release lets what is held go on, as crier ledger release does.
func (w *world) release() {
	w.Helper()
	lease := w.lease()
	lease.Annotations[crier.AnnotationReleaseGap] = lease.Annotations[crier.AnnotationGapTo]
	w.Update(lease)
}

// away is a manager that comes back after forty minutes.
func (w *world) away() {
	w.Helper()
	w.Advance(40 * time.Minute)
	w.leads()
}

func TestWhatWaitedWhileNobodyLed(t *testing.T) {
	w := newWorld(t, 3)
	w.leads()
	b := w.Broadcast()
	b.Spec.Suspend = true
	w.Create(b)
	w.look(crier.ReasonSuspended, "")
	w.away()
	apitest.Edit(w, "news", &crier.Broadcast{}, func(b *crier.Broadcast) { b.Spec.Suspend = false })
	b = w.look(crier.ReasonLedgerStale, "from 2026-03-02 09:00:00 UTC to 2026-03-02 09:40:00 UTC")
	if b.Status.Sealed != nil || w.attempts > 0 || b.Status.Phase != crier.PhaseHeld {
		t.Errorf("sealed or frozen: %+v", b.Status)
	}
	// Neither another manager, nor time, nor a release of something else lets it go on.
	w.Advance(time.Minute)
	w.leads()
	must(t, w.heart.Beat(t.Context()))
	lease := w.lease()
	lease.Annotations[crier.AnnotationReleaseGap] = "2026-03-02T09:00:00Z"
	w.Update(lease)
	w.look(crier.ReasonLedgerStale, "")
	w.release()
	w.look(crier.ReasonSending, "")
	must(t, w.heart.Beat(t.Context()))
	if a := w.lease().Annotations; len(a) != 1 || a[crier.AnnotationLedger] == "" {
		t.Errorf("left on the heartbeat: %v", a)
	}
}

// What can't have been sent goes on; what is created after the gap may have been
// sent in it, since Git creates again what a restore took away.
func TestWhatCantHaveBeenSentGoesOn(t *testing.T) {
	for name, c := range map[string]struct {
		due    time.Duration // after the gap; 0 for at once
		reason string
	}{
		"at once":         {0, crier.ReasonLedgerStale},
		"due in it":       {-time.Minute, crier.ReasonLedgerStale},
		"due after it":    {time.Minute, crier.ReasonSending},
		"due in the days": {24 * time.Hour, crier.ReasonScheduled},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 3)
			w.leads()
			w.away()
			b := w.Broadcast()
			if c.due != 0 {
				b.Spec.SendAt = &metav1.Time{Time: w.Clock.Now().Add(c.due)}
			}
			w.Advance(2 * time.Minute)
			w.Create(b)
			w.look(c.reason, "")
			if c.reason != crier.ReasonSending {
				return
			}
			w.carry(w.recordName())
			w.over(accepted)
			w.carry(w.recordName())
			w.look(crier.ReasonSent, "")
			if w.reportRecords() != 1 {
				t.Errorf("%d reports", w.reportRecords())
			}
		})
	}
}

// An etcd that is put back in the middle: senders are told to stop, get no
// share of the Relay any more, and nothing is reported, until somebody says so.
func TestSetBackInTheMiddle(t *testing.T) {
	w := newWorld(t, 300)
	w.leads()
	record := w.begin("news")
	pod := w.sender(record, 0)
	w.divide(w.sharer())
	before := w.rationOf(record, pod)
	was := w.lease()
	w.Advance(time.Minute)
	must(t, w.heart.Beat(t.Context()))
	w.Update(was) // the manager survives, and finds an earlier time

	w.Advance(20 * time.Second)
	w.divide(w.sharer())
	if after := w.rationOf(record, pod); after.Seq != before.Seq {
		t.Errorf("got %+v after %+v", after, before)
	}
	w.carry(record)
	if r := w.recordOf(record); r.State.Stop == nil || r.State.Stop.Reason != crier.ReasonLedgerStale || len(w.jobs(record)) > 0 {
		t.Fatalf("not stopped: %+v", r.State)
	}
	if c, err := handout.Decode(w.connectionOf(record).Data[names.HandoutKey]); err != nil || c.Allowed {
		t.Errorf("senders may go on: %+v, %v", c, err)
	}
	w.gone(pod)
	w.carry(record)
	w.look(crier.ReasonLedgerStale, "300 of 300 recipients not tried yet")
	w.release()
	w.carry(record)
	w.Advance(10 * time.Second)
	w.carry(record)
	w.look(crier.ReasonSending, "")
	if n := w.send(record, 1000, accepted); n != 300 {
		t.Errorf("%d were sent to", n)
	}
}

// Nothing that was over leads to mail by itself: no report, no resend, no test copy.
func TestMailBesideTheBroadcastIsHeld(t *testing.T) {
	w := newWorld(t, 3)
	w.leads()
	w.frozen()
	w.over(accepted)
	w.away()
	again := w.carry(w.recordName()).RequeueAfter
	if w.reportRecords() > 0 {
		t.Fatal("a report is mailed that may have been mailed")
	}
	if again > time.Minute {
		t.Errorf("looked at again after %s", again)
	}
	w.release()
	w.carry(w.recordName())
	if w.reportRecords() != 1 {
		t.Fatalf("%d reports", w.reportRecords())
	}
	w.look(crier.ReasonSent, "")

	w.away()
	for range 3 {
		w.carry(w.reportName(crier.ReportFinal))
	}
	if r := w.recordOf(w.reportName(crier.ReportFinal)); r.State.Stop == nil || r.State.Stop.Reason != crier.ReasonLedgerStale || r.State.Pass != nil {
		t.Errorf("the report goes on: %+v", r.State)
	}
	apitest.Edit(w, "news", &crier.Broadcast{}, func(b *crier.Broadcast) {
		b.Spec.Resend = &crier.Resend{Token: "go", Only: crier.ResendAll, NotAfter: metav1.Time{Time: start.Add(24 * time.Hour)}}
	})
	w.look(crier.ReasonLedgerStale, "")
	w.stage(crier.RecordFinished)
	w.release()
	w.look(crier.ReasonSending, "")
}

func TestATestCopyIsHeld(t *testing.T) {
	w := newWorld(t, 3)
	w.leads()
	w.away()
	b := w.Broadcast()
	b.Spec.SendAt = &metav1.Time{Time: w.Clock.Now().Add(time.Hour)} // the test may have been before
	b.Spec.Test = &crier.BroadcastTest{Token: "one", Recipients: []crier.MailAddress{"ann@example.gov"}}
	w.Create(b)
	w.look(crier.ReasonScheduled, "")
	record := names.TestRecordName(w.NS, "news", "one")
	if err := api.Get(t.Context(), client.ObjectKey{Name: record}, &crier.DeliveryRecord{}); client.IgnoreNotFound(err) != nil || err == nil {
		t.Errorf("a test copy: %v", err)
	}
	w.release()
	w.look(crier.ReasonScheduled, "")
	w.recordOf(record)
	w.away()
	w.carry(record)
	if r := w.recordOf(record); r.State.Stop == nil || r.State.Stop.Reason != crier.ReasonLedgerStale {
		t.Errorf("the copy goes on: %+v", r.State)
	}
}

// A heartbeat that can't be read lets nothing through.
func TestNobodyKnowsTheHeartbeat(t *testing.T) {
	w := newWorld(t, 3)
	w.leads()
	w.Create(w.Broadcast())
	w.heart.Reader = noLeases{api}
	if _, err := w.tryBroadcast(); err == nil {
		t.Error("it is sent")
	}
	if b := apitest.Get(w, "news", &crier.Broadcast{}); b.Status.Sealed != nil || w.attempts > 0 {
		t.Errorf("sealed or frozen: %+v", b.Status)
	}
	w.heart.Reader = api
	w.look(crier.ReasonSending, "")
}
