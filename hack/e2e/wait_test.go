//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/hack/e2e/harness"
)

// until waits for a condition of the kind with that status and, unless "", reason.
func (w *world) until(object client.Object, kind string, status metav1.ConditionStatus, reason string) metav1.Condition {
	w.Helper()
	var found metav1.Condition
	what := fmt.Sprintf("%T %s to be %s=%s %s", object, object.GetName(), kind, status, reason)
	w.must(harness.Wait(w.ctx, what, patience(), func(ctx context.Context) (bool, string, error) {
		if err := kube.Client.Get(ctx, client.ObjectKeyFromObject(object), object); err != nil {
			return false, "", err
		}
		conditions, observed := conditionsOf(object)
		c := meta.FindStatusCondition(conditions, kind)
		if c == nil || observed != object.GetGeneration() || c.Status != status || reason != "" && c.Reason != reason {
			return false, describe(conditions), nil
		}
		found = *c
		return true, "", nil
	}))
	return found
}

func conditionsOf(object client.Object) ([]metav1.Condition, int64) {
	switch o := object.(type) {
	case *crier.Broadcast:
		return o.Status.Conditions, o.Status.ObservedGeneration
	case *crier.MailingList:
		return o.Status.Conditions, o.Status.ObservedGeneration
	case *crier.SubscriberSet:
		return o.Status.Conditions, o.Status.ObservedGeneration
	case *crier.Relay:
		return o.Status.Conditions, o.Status.ObservedGeneration
	}
	return nil, 0
}

func describe(conditions []metav1.Condition) string {
	var words []string
	for _, c := range conditions {
		words = append(words, fmt.Sprintf("%s=%s %s (%s)", c.Type, c.Status, c.Reason, c.Message))
	}
	return strings.Join(words, "; ")
}

// notReady waits until an object says why it isn't ready.
func (w *world) notReady(object client.Object, reason string) string {
	w.Helper()
	return w.until(object, crier.ConditionReady, metav1.ConditionFalse, reason).Message
}

// finished waits until a Broadcast and its report are settled.
func (w *world) finished(name string) *crier.Broadcast {
	w.Helper()
	b := &crier.Broadcast{ObjectMeta: w.meta(name)}
	w.until(b, crier.ConditionFinished, metav1.ConditionTrue, "")
	w.must(harness.Wait(w.ctx, "the report of "+name, patience(), func(ctx context.Context) (bool, string, error) {
		err := kube.Client.Get(ctx, client.ObjectKeyFromObject(b), b)
		c := meta.FindStatusCondition(b.Status.Conditions, crier.ConditionReported)
		return c != nil && c.Reason != crier.ReasonReportPending, describe(b.Status.Conditions), err
	}))
	return b
}

// stored waits until the catcher has stored that many messages.
func (w *world) stored(n int) {
	w.Helper()
	w.must(harness.Wait(w.ctx, fmt.Sprintf("%d messages", n), patience(), func(ctx context.Context) (bool, string, error) {
		stored, err := w.catcher.Stored(ctx)
		return stored >= n, fmt.Sprint(stored), err
	}))
}

// isRecipient leaves out the addressee of reports.
func (w *world) isRecipient(address string) bool {
	return strings.HasSuffix(address, "@"+w.domain) && address != w.owner
}

func (w *world) tally() harness.Count {
	w.Helper()
	stats, err := w.catcher.Stats(w.ctx)
	w.must(err)
	return harness.Tally(stats, w.isRecipient)
}

// accounted checks a Broadcast's totals against what the catcher stored: nobody twice, nobody
// forgotten, nobody called accepted who got nothing, and at most so many unknown.
func (w *world) accounted(b *crier.Broadcast, intended, maxUnknown int64) {
	w.Helper()
	if b.Status.Totals == nil {
		w.Fatalf("no totals: %s", describe(b.Status.Conditions))
	}
	got, count := *b.Status.Totals, w.tally()
	w.Logf("crier: %+v; catcher: %+v", got, count)
	if count.Duplicates > 0 {
		w.Errorf("%d messages twice: %v", count.Duplicates, count.Names)
	}
	if sum := got.Accepted + got.Failed + got.Unknown + got.Expired + got.Suppressed; got.Intended != intended || sum != intended {
		w.Errorf("%d recipients are accounted for of %d: %+v", sum, intended, got)
	}
	if got.Unknown > maxUnknown {
		w.Errorf("%d are unknown, more than %d", got.Unknown, maxUnknown)
	}
	if stored := int64(count.Accepted); stored < got.Accepted || stored > got.Accepted+got.Unknown {
		w.Errorf("the catcher stored %d, the status says %d accepted and %d unknown", stored, got.Accepted, got.Unknown)
	}
	if got.Failed != int64(count.Failed) {
		w.Errorf("the catcher refused %d, the status says %d", count.Failed, got.Failed)
	}
}

// silent checks that the catcher got nothing.
func (w *world) silent() {
	w.Helper()
	if stats, err := w.catcher.Stats(w.ctx); err != nil || stats.Messages > 0 {
		w.Errorf("%d messages were sent: %v", stats.Messages, err)
	}
}
