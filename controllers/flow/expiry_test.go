package flow_test

import (
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/reporting"
	"crier.dev/crier/internal/testing/apitest"
)

// Rows of a report name people and take room: they go some time after the end.
// What became of the Broadcast stays with it.
func TestReportExpires(t *testing.T) {
	const retention = 30 * 24 * time.Hour
	w := newWorld(t, 5)
	w.broadcasts.ReportRetention = retention
	w.frozen()
	w.over(func(i int) (r result) { return ends(i, crier.DeliveryFailed, "No") })
	b := w.look(crier.ReasonSentWithFailures, "5 failed")
	second := &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: "news-report-2", OwnerReferences: []metav1.OwnerReference{
			*metav1.NewControllerRef(b, crier.GroupVersion.WithKind("Broadcast")),
		}},
		Data: map[string]string{reporting.FailuresKey: "recipient\n"},
	}
	w.Create(second)
	first := func() map[string]string { return apitest.Get(w, "news-report", &corev1.ConfigMap{}).Data }
	if !strings.Contains(first()[reporting.FailuresKey], apitest.Email(0)) || len(b.Status.Deliveries) != 5 {
		t.Fatalf("no rows: %v", b.Status)
	}

	w.Advance(retention - time.Hour)
	result, err := w.tryBroadcast()
	if left := result.RequeueAfter; err != nil || left <= 0 || left > time.Hour {
		t.Errorf("looked at again in %s, %v; want within the hour that is left", left, err)
	}
	if first()[reporting.FailuresKey] == "" {
		t.Error("gone too early")
	}
	w.Advance(time.Hour)
	for range 2 { // the second time there is nothing to do
		b = w.look(crier.ReasonSentWithFailures, "5 failed")
		if len(b.Status.Deliveries) != 0 || !b.Status.DeliveriesTruncated || len(b.Status.ReportConfigMaps) != 1 || b.Status.Totals.Failed != 5 {
			t.Errorf("status %+v", b.Status)
		}
		for key, value := range first() {
			if strings.Contains(value, apitest.Email(0)) {
				t.Errorf("%s names somebody", key)
			}
		}
		if first()[reporting.SummaryKey] == "" || first()[reporting.JSONKey] == "" {
			t.Errorf("the summary is gone: %v", first())
		}
		if err := api.Get(w.Context(), client.ObjectKeyFromObject(second), second); !apierrors.IsNotFound(err) {
			t.Errorf("the second page: %v", err)
		}
	}

	// A status that somebody wiped brings no rows back.
	b.Status = crier.BroadcastStatus{}
	w.UpdateStatus(b)
	b = w.look(crier.ReasonSentWithFailures, "5 failed")
	if len(b.Status.Deliveries) != 0 || first()[reporting.FailuresKey] != "" || len(b.Status.ReportConfigMaps) != 1 {
		t.Errorf("after the status was wiped: %+v", b.Status)
	}
}

// Without a retention they stay as long as the Broadcast.
func TestReportIsKept(t *testing.T) {
	w := newWorld(t, 1)
	w.frozen()
	w.over(func(i int) (r result) { return ends(i, crier.DeliveryFailed, "No") })
	w.look(crier.ReasonSentWithFailures, "")
	w.Advance(1000 * 24 * time.Hour)
	w.look(crier.ReasonSentWithFailures, "")
	if apitest.Get(w, "news-report", &corev1.ConfigMap{}).Data[reporting.FailuresKey] == "" {
		t.Error("gone")
	}
}
