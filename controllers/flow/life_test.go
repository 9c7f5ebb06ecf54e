package flow_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/reporting"
	"crier.dev/crier/internal/delivery/ledger"
	"crier.dev/crier/internal/redact"
	"crier.dev/crier/internal/testing/apitest"
)

// frozen creates the Broadcast and leads it to its first pass.
func (w *world) frozen(change ...func(*crier.Broadcast)) *crier.Broadcast {
	w.Helper()
	b := w.Broadcast()
	for _, f := range change {
		f(b)
	}
	w.Create(b)
	got := w.look(crier.ReasonSending, "")
	w.stage(crier.RecordFrozen)
	w.carry(w.recordName())
	return got
}

// over leads it to its end, with those replies.
func (w *world) over(reply replies) {
	w.Helper()
	w.send(w.recordName(), 1<<20, reply)
	w.endJob(w.recordName())
	w.carry(w.recordName())
	w.stage(crier.RecordFinished)
}

// finalRecords says how many report records of that kind there are.
func (w *world) reportRecords() int {
	w.Helper()
	list := &crier.DeliveryRecordList{}
	if err := api.List(w.Context(), list); err != nil {
		w.Fatal(err)
	}
	n := 0
	for _, r := range list.Items {
		if r.Spec.Namespace == w.NS && r.Spec.Purpose == crier.RecordReport {
			n++
		}
	}
	return n
}

func TestWholeLife(t *testing.T) {
	w := newWorld(t, 10)
	b := w.frozen()
	if b.Status.Sealed == nil || b.Status.Sealed.Generation != b.Generation || b.Status.Sealed.ContentHash != b.Status.ContentHash {
		t.Errorf("sealed %+v of %s", b.Status.Sealed, b.Status.ContentHash)
	}
	if b.Status.Audience == nil || b.Status.Audience.Recipients != 10 || b.Status.Audience.Digest != w.record().State.Frozen.Digest {
		t.Errorf("audience %+v", b.Status.Audience)
	}
	if n := len(w.jobs(w.recordName())); n != 1 {
		t.Fatalf("%d jobs", n)
	}
	// In the middle.
	w.Advance(5 * time.Second)
	w.send(w.recordName(), 4, accepted)
	w.carry(w.recordName())
	b = w.look(crier.ReasonSending, "Sending to 10 recipients")
	if b.Status.Totals.Accepted != 4 || b.Status.Totals.Pending != 6 || b.Status.Phase != crier.PhaseSending {
		t.Errorf("status %+v", b.Status)
	}
	w.condition(b, crier.ConditionFinished, false, crier.ReasonSending)
	w.condition(b, crier.ConditionComplete, false, crier.ReasonSending)

	w.Advance(5 * time.Second)
	w.over(func(i int) ledger.Result {
		if i == 9 {
			return ends(i, crier.DeliveryFailed, "No such user "+redact.Mark)
		}
		return accepted(i)
	})
	b = w.look(crier.ReasonSentWithFailures, "90.0% of 10 recipients accepted, 1 failed")
	w.condition(b, crier.ConditionFinished, true, crier.ReasonSentWithFailures)
	w.condition(b, crier.ConditionComplete, true, crier.ReasonSentWithFailures)
	if b.Status.Accepted != "90.0%" || b.Status.DeliveriesTruncated || len(b.Status.Deliveries) != 10 {
		t.Errorf("accepted %s, %d deliveries", b.Status.Accepted, len(b.Status.Deliveries))
	}
	for _, d := range b.Status.Deliveries {
		if d.State == crier.DeliveryFailed && (d.Recipient != apitest.Email(9) || !strings.Contains(d.Reply, apitest.Email(9))) {
			t.Errorf("failed: %+v", d)
		}
	}
	w.reportsOfTheEnd(b)
}

// reportsOfTheEnd looks at the report ConfigMap and carries the report mail.
func (w *world) reportsOfTheEnd(b *crier.Broadcast) {
	w.Helper()
	page := apitest.Get(w, "news-report", &corev1.ConfigMap{})
	if !metav1.IsControlledBy(page, b) {
		w.Errorf("owners %v", page.OwnerReferences)
	}
	if !json.Valid([]byte(page.Data[reporting.JSONKey])) {
		w.Errorf("not JSON: %s", page.Data[reporting.JSONKey])
	}
	if !strings.Contains(page.Data[reporting.FailuresKey], apitest.Email(9)) || strings.Contains(page.Data[reporting.FailuresKey], apitest.Email(1)) {
		w.Errorf("failures %q", page.Data[reporting.FailuresKey])
	}
	if !strings.Contains(page.Data[reporting.SummaryKey], "90.0%") {
		w.Errorf("summary %q", page.Data[reporting.SummaryKey])
	}

	// The report is frozen once, however often it is looked at.
	w.carry(w.recordName())
	report := w.recordOf(w.reportName(crier.ReportFinal))
	if report.State.Stage != crier.RecordFrozen || report.State.Frozen.Recipients != 1 {
		w.Fatalf("report %+v", report.State)
	}
	w.carry(w.recordName())
	b = w.look(crier.ReasonSentWithFailures, "")
	w.condition(b, crier.ConditionReported, false, crier.ReasonReportPending)
	name := report.Name
	w.carry(name)
	w.send(name, 10, accepted)
	w.endJob(name)
	w.carry(name)
	b = w.look(crier.ReasonSentWithFailures, "")
	w.condition(b, crier.ConditionReported, true, crier.ReasonReportSent)
	w.carry(name)
	w.carry(w.recordName())
	if again := w.recordOf(name); again.State.Frozen.Attempt != report.State.Frozen.Attempt || w.reportRecords() != 1 {
		w.Errorf("the report was frozen again: %+v", again.State.Frozen)
	}
	if jobs := len(w.jobs(name)) + len(w.jobs(w.recordName())); jobs > 0 {
		w.Errorf("%d jobs are left", jobs)
	}
}
