package main

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/hack/e2e/harness"
)

// patience is how long the whole sending may take.
const patience = 20 * time.Minute

// follow prints a line for each change until the mail and its report are out.
func (d *demo) follow(ctx context.Context) (*crier.Broadcast, error) {
	sample := d.samples.find("Broadcast")
	broadcast := &crier.Broadcast{}
	fmt.Fprintf(d.Out, "          %-18s %-12s %-9s %7s %8s\n", "PHASE", "PROGRESS", "ACCEPTED", "FAILED", "RATE")
	last := ""
	err := harness.Wait(ctx, "the mail and its report to be sent", patience, func(ctx context.Context) (bool, string, error) {
		if err := d.kube.Client.Get(ctx, client.ObjectKeyFromObject(sample), broadcast); err != nil {
			return false, "", err
		}
		if now := line(broadcast); now != last && broadcast.Status.Phase != "" {
			fmt.Fprintf(d.Out, "%s  %s\n", time.Now().Format("15:04:05"), now)
			last = now
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
