package flow_test

import (
	"context"
	"errors"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/testing/apitest"
)

// noLeases can't read the heartbeat.
type noLeases struct{ client.Client }

func (c noLeases) Get(ctx context.Context, key client.ObjectKey, obj client.Object, options ...client.GetOption) error {
	if _, is := obj.(*coordinationv1.Lease); is {
		return errors.New("no answer")
	}
	return c.Client.Get(ctx, key, obj, options...)
}

func fromBackup(b *crier.Broadcast) {
	b.Labels = map[string]string{crier.LabelRestored: "tuesday"}
}

func releasedFrom(restore string) func(*crier.Broadcast) {
	return func(b *crier.Broadcast) {
		b.Annotations = map[string]string{crier.AnnotationReleaseRestored: restore}
	}
}

// A restore brings Broadcasts before their records.
func TestRestoredWithoutARecord(t *testing.T) {
	w := newWorld(t, 3)
	b := w.Broadcast()
	fromBackup(b)
	w.Create(b)
	b = w.look(crier.ReasonRestored, "crier ledger release news -n "+w.NS)
	w.condition(b, crier.ConditionFinished, false, crier.ReasonRestored)
	if err := api.Get(t.Context(), client.ObjectKey{Name: w.recordName()}, &crier.DeliveryRecord{}); err == nil {
		t.Fatal("it took the name of the record that is to come")
	}
	apitest.Edit(w, "news", &crier.Broadcast{}, releasedFrom("monday"))
	w.look(crier.ReasonRestored, "")
	apitest.Edit(w, "news", &crier.Broadcast{}, releasedFrom("tuesday"))
	w.look(crier.ReasonSending, "")
}

// The record is as it was when the backup was made: it doesn't know what was
// sent since.
func TestRestoredWithAnEarlierRecord(t *testing.T) {
	w := newWorld(t, 3)
	b := w.Broadcast()
	b.Spec.Suspend = true
	w.Create(b)
	w.look(crier.ReasonSuspended, "")
	w.stage(crier.RecordRegistered)
	w.again(fromBackup)
	w.look(crier.ReasonRestored, "")
	apitest.Edit(w, "news", &crier.Broadcast{}, releasedFrom("tuesday"))
	w.look(crier.ReasonSending, "")
}

func TestRestoredAfterTheEnd(t *testing.T) {
	w := newWorld(t, 3)
	w.frozen()
	w.over(accepted)
	w.again(fromBackup)
	w.look(crier.ReasonSent, "100%")
	// What asks for mail is from after the backup, and was carried out then.
	apitest.Edit(w, "news", &crier.Broadcast{}, func(b *crier.Broadcast) {
		b.Spec.Resend = &crier.Resend{Token: "go", Only: crier.ResendAll, NotAfter: metav1.Time{Time: start.Add(24 * time.Hour)}}
	})
	w.look(crier.ReasonRestored, "")
	w.stage(crier.RecordFinished)
	// Other content under the name, after its time, would be a new run.
	w.Advance(49 * time.Hour)
	w.again(fromBackup, otherText, func(b *crier.Broadcast) { b.Spec.NotAfter = &metav1.Time{Time: w.Clock.Now().Add(time.Hour)} })
	w.look(crier.ReasonRestored, "")
	if r := w.stage(crier.RecordFinished); r.State.Run != 1 {
		t.Errorf("run %d", r.State.Run)
	}
}

// To resume what was created again is about a deletion, not about a ledger that
// knows less than there was.
func TestRestoredInTheMiddle(t *testing.T) {
	w := newWorld(t, 10)
	w.frozen(func(b *crier.Broadcast) { b.Spec.OnRecreate = crier.RecreateResume })
	w.send(w.recordName(), 4, accepted)
	w.again(fromBackup, func(b *crier.Broadcast) { b.Spec.OnRecreate = crier.RecreateResume })
	w.carry(w.recordName())
	w.carry(w.recordName())
	w.look(crier.ReasonRestored, "")
	if r := w.record(); !r.State.Stopped || len(w.jobs(r.Name)) > 0 {
		t.Errorf("not stopped: %+v", r.State)
	}
	apitest.Edit(w, "news", &crier.Broadcast{}, releasedFrom("tuesday"))
	w.look(crier.ReasonSending, "")
}

// What was restored long ago and is known goes on as ever: the label stays.
func TestRestoredLongAgo(t *testing.T) {
	w := newWorld(t, 3)
	w.frozen()
	apitest.Edit(w, "news", &crier.Broadcast{}, fromBackup)
	w.look(crier.ReasonSending, "")
	w.over(accepted)
	w.look(crier.ReasonSent, "")
}

// A report mail has no object but its record.
func TestRestoredReport(t *testing.T) {
	w := newWorld(t, 3)
	w.frozen()
	w.over(accepted)
	w.carry(w.recordName())
	name := w.reportName(crier.ReportFinal)
	record := w.recordOf(name)
	record.Labels[crier.LabelRestored] = "tuesday"
	must(t, api.Update(t.Context(), record))
	w.carry(name)
	if r := w.recordOf(name); r.State.Stop == nil || r.State.Stop.Reason != crier.ReasonRestored || r.State.Pass != nil {
		t.Fatalf("it is mailed: %+v", r.State)
	}
	apitest.Edit(w, "news", &crier.Broadcast{}, releasedFrom("tuesday"))
	w.carry(name)
	w.carry(name)
	if r := w.recordOf(name); r.State.Pass == nil {
		t.Errorf("it isn't mailed: %+v", r.State.Stop)
	}
}
