package flow_test

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/testing/apitest"
)

// Sealed and not frozen, then created again with a deadline that can't be:
// that is for its author to mend, not the end of it.
func TestSealedThenInvalidDeadline(t *testing.T) {
	w := newWorld(t, 3)
	w.Create(w.Broadcast())
	w.restart((&broken{at: 4}).client()) // record, status, record; then the attempt
	_, _ = w.tryBroadcast()              // it is killed
	w.restart(api)
	w.stage(crier.RecordSealed)
	w.again(func(b *crier.Broadcast) { b.Spec.NotAfter = &metav1.Time{Time: start.Add(100 * 24 * time.Hour)} })
	w.look(crier.ReasonInvalidDeadline, "90 days")
	w.stage(crier.RecordSealed)
	apitest.Edit(w, "news", &crier.Broadcast{}, func(b *crier.Broadcast) { b.Spec.NotAfter = w.Broadcast().Spec.NotAfter })
	w.look(crier.ReasonSending, "")
	if w.record().State.Frozen.Recipients != 3 {
		t.Errorf("%+v", w.record().State)
	}
}

// The report of a Broadcast is mailed though that is suspended by now, or gone.
func TestReportIsMailedWhateverBecomesOfTheBroadcast(t *testing.T) {
	for name, change := range map[string]func(*world){
		"suspended": func(w *world) {
			apitest.Edit(w, "news", &crier.Broadcast{}, func(b *crier.Broadcast) { b.Spec.Suspend = true })
		},
		"deleted": func(w *world) { w.Delete(apitest.Get(w, "news", &crier.Broadcast{})) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 3)
			w.frozen()
			w.over(accepted)
			change(w)
			w.carry(w.recordName())
			w.carry(w.reportName(crier.ReportFinal))
			if n := w.send(w.reportName(crier.ReportFinal), 10, accepted); n != 1 {
				t.Errorf("%d reports", n)
			}
		})
	}
}

// A Broadcast that is deleted while it is sent is cancelled, and reported.
func TestCancelled(t *testing.T) {
	w := newWorld(t, 10)
	w.frozen()
	w.send(w.recordName(), 4, accepted)
	w.Delete(apitest.Get(w, "news", &crier.Broadcast{}))
	w.carry(w.recordName())
	w.stage(crier.RecordFrozen) // it may come back
	w.Advance(31 * time.Second)
	w.carry(w.recordName())
	r := w.stage(crier.RecordFinished)
	if r.State.Result != crier.ReasonCancelled || r.State.Totals.Accepted != 4 || r.State.Totals.Pending != 6 {
		t.Errorf("%s, %+v", r.State.Result, r.State.Totals)
	}
	w.carry(w.recordName())
	w.recordOf(w.reportName(crier.ReportFinal))
	w.Create(w.Broadcast())
	b := w.look(crier.ReasonCancelled, "6 of 10 were never tried")
	w.condition(b, crier.ConditionComplete, false, crier.ReasonCancelled)

	// Long after, nothing of it is left.
	w.Advance(8 * 24 * time.Hour)
	w.carry(w.recordName())
	if r := w.record(); r.State.CompactedAt == nil || len(w.shards(r)) > 0 {
		t.Errorf("detail is kept: %+v", r.State)
	}
	w.look(crier.ReasonCancelled, "6 of 10")
}
