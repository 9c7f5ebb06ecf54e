package harness

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
)

// Follow prints a line for each change of a Broadcast until its mail and its report are out; while
// the phase stays the same, one every so often.
func (s *Setup) Follow(ctx context.Context, k *Kube, key client.ObjectKey, limit, every time.Duration) (*crier.Broadcast, error) {
	broadcast := &crier.Broadcast{}
	var printed time.Time
	var phase crier.BroadcastPhase
	fmt.Fprintf(s.Out, "          %-18s %-12s %-9s %7s %8s\n", "PHASE", "PROGRESS", "ACCEPTED", "FAILED", "RATE")
	last := ""
	err := Wait(ctx, "the mail and its report to be sent", limit, func(ctx context.Context) (bool, string, error) {
		if err := k.Client.Get(ctx, key, broadcast); err != nil {
			return false, "", err
		}
		now := line(broadcast)
		if now != last && broadcast.Status.Phase != "" && (broadcast.Status.Phase != phase || time.Since(printed) >= every) {
			fmt.Fprintf(s.Out, "%s  %s\n", time.Now().Format("15:04:05"), now)
			last, phase, printed = now, broadcast.Status.Phase, time.Now()
		}
		return over(broadcast), last, nil
	})
	return broadcast, err
}

func line(broadcast *crier.Broadcast) string {
	status := broadcast.Status
	var failed int64
	if status.Totals != nil {
		failed = status.Totals.Failed
	}
	text := fmt.Sprintf("%-18s %-12s %-9s %7d %8s", status.Phase, status.Progress, dash(status.Accepted), failed, dash(status.Rate))
	for _, kind := range []string{crier.ConditionStalled, crier.ConditionReconciling} {
		c := meta.FindStatusCondition(status.Conditions, kind)
		if c != nil && c.Status == metav1.ConditionTrue && c.Reason != crier.ReasonSending {
			return text + "  " + c.Reason + ": " + c.Message
		}
	}
	return text
}

func dash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// over says whether nothing is left to wait for.
func over(broadcast *crier.Broadcast) bool {
	conditions := broadcast.Status.Conditions
	return meta.IsStatusConditionTrue(conditions, crier.ConditionFinished) &&
		meta.FindStatusCondition(conditions, crier.ConditionReported) != nil &&
		!meta.IsStatusConditionPresentAndEqual(conditions, crier.ConditionReported, metav1.ConditionUnknown) &&
		meta.FindStatusCondition(conditions, crier.ConditionReported).Reason != crier.ReasonReportPending
}

// FreshName is a name for a demonstration's Broadcast under which nothing was sent yet, and which
// isn't somebody else's: Crier remembers what it sent under a name, and never sends it again.
func (k *Kube) FreshName(ctx context.Context, namespace, name string) (string, error) {
	records, broadcasts := &crier.DeliveryRecordList{}, &crier.BroadcastList{}
	if err := k.Client.List(ctx, records); err != nil {
		return "", err
	}
	if err := k.Client.List(ctx, broadcasts, client.InNamespace(namespace)); err != nil {
		return "", err
	}
	return fresh(namespace, name, records.Items, broadcasts.Items), nil
}

func fresh(namespace, name string, records []crier.DeliveryRecord, broadcasts []crier.Broadcast) string {
	used := map[string]bool{}
	for _, record := range records {
		if record.Spec.Namespace == namespace {
			used[record.Spec.Broadcast] = true
		}
	}
	for _, broadcast := range broadcasts {
		if broadcast.Labels[LabelDemo] != Demo {
			used[broadcast.Name] = true
		}
	}
	free := name
	for n := 2; used[free]; n++ {
		free = fmt.Sprintf("%s-%d", name, n)
	}
	return free
}
