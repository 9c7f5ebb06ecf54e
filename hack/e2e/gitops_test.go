//go:build e2e

package e2e

import (
	"context"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/hack/e2e/harness"
	"crier.dev/crier/internal/testing/smtptest"
)

// recreations are the ways in which an object is deleted and made anew between two looks at it.
var recreations = map[string]func(*world, *crier.Broadcast, string){
	"ReplaceForce": func(w *world, _ *crier.Broadcast, manifest string) {
		w.kubectl(manifest, "replace", "--force", "-f", "-")
	},
	"WithinMilliseconds": func(w *world, b *crier.Broadcast, _ string) {
		again := &crier.Broadcast{ObjectMeta: w.meta(b.Name), Spec: *b.Spec.DeepCopy()}
		w.must(kube.Client.Delete(w.ctx, b))
		w.must(kube.Client.Create(w.ctx, again))
	},
}

// testReplacedInTheMiddle makes a Broadcast anew while it is being sent, twice in a row: that
// holds it, and a person's word lets it go on with those who remain.
func testReplacedInTheMiddle(t *testing.T) {
	for name, recreate := range recreations {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, b := midway(t)
			manifest := w.manifest(b)
			for range 2 {
				recreate(w, b, manifest)
				b = w.broadcast(b.Name)
				w.get(b)
			}
			w.until(b, crier.ConditionStalled, metav1.ConditionTrue, crier.ReasonRecreatedWhileSend)
			w.stopped(w.record(b.Name).Name)
			if before := w.tally().Accepted; before >= crowd {
				w.Fatalf("all %d were sent although the Broadcast was deleted", before)
			}
			w.hurry()
			w.resend(b, crier.ResendRemaining)
			w.audit(w.finished(b.Name), bounds{people: crowd})
		})
	}
}

// record is that of a Broadcast, found without its status. A busy manager comes to it late.
func (w *world) record(name string) (record *crier.DeliveryRecord) {
	w.Helper()
	w.must(harness.Wait(w.ctx, "the record of "+name, patience(), func(ctx context.Context) (bool, string, error) {
		list := &crier.DeliveryRecordList{}
		if err := kube.Client.List(ctx, list); err != nil {
			return false, "", err
		}
		for i := range list.Items {
			if spec := list.Items[i].Spec; spec.Namespace == w.namespace && spec.Broadcast == name && spec.Purpose == crier.RecordBroadcast {
				record = &list.Items[i]
			}
		}
		return record != nil, "none yet", nil
	}))
	return record
}

// testStatusWiped empties the status again and again while sending, as a restore of a backup does.
func testStatusWiped(t *testing.T) {
	w, b := midway(t)
	for range 5 {
		w.kubectl("", "patch", "broadcast", b.Name, "--subresource=status", "--type=json", "-p", `[{"op":"remove","path":"/status"}]`)
		time.Sleep(700 * time.Millisecond)
	}
	w.hurry()
	w.audit(w.finished(b.Name), bounds{people: crowd})
}

// breakGlass are the arguments by which an administrator gets past the guard of records.
var breakGlass = []string{"--as", "somebody", "--as-group", "system:masters", "--as-group", harness.BreakGlass}

// testRecordDeleted deletes a record by hand while it is being sent: nobody knows any more who got
// the message, so nothing is sent.
func testRecordDeleted(t *testing.T) {
	w, b := midway(t)
	w.kubectl("", append([]string{"delete", "deliveryrecord", b.Status.Record}, breakGlass...)...)
	w.until(b, crier.ConditionStalled, metav1.ConditionTrue, crier.ReasonLedgerLost)
	w.stopped(b.Status.Record)
	before := w.tally()
	time.Sleep(8 * time.Second)
	if after := w.tally(); before.Accepted >= crowd || after.Accepted != before.Accepted || after.Duplicates > 0 {
		w.Errorf("%d were sent to, then %d, %d twice", before.Accepted, after.Accepted, after.Duplicates)
	}
}

// restored makes everything anew in a namespace of the same name, as a sync from Git does, and
// checks that nothing is sent again.
func (w *world) restored(outside *world, relay *crier.Relay, b *crier.Broadcast) {
	w.Helper()
	before := outside.count(w)
	w.must(harness.Wait(w.ctx, "the namespace to be made", patience(), func(ctx context.Context) (bool, string, error) {
		err := kube.Client.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: w.namespace}})
		return err == nil || apierrors.IsAlreadyExists(err), "", err
	}))
	fresh := w.relay(password)
	fresh.Spec = *relay.Spec.DeepCopy()
	w.create(fresh, w.list(setName))
	w.people(setName, w.rows(0, crowd))
	again := &crier.Broadcast{ObjectMeta: w.meta(b.Name), Spec: *b.Spec.DeepCopy()}
	w.create(again)
	w.must(harness.Wait(w.ctx, "the restored Broadcast to be held or shown as it ended", patience(), func(ctx context.Context) (bool, string, error) {
		err := kube.Client.Get(ctx, client.ObjectKeyFromObject(again), again)
		stalled := meta.IsStatusConditionTrue(again.Status.Conditions, crier.ConditionStalled)
		finished := meta.IsStatusConditionTrue(again.Status.Conditions, crier.ConditionFinished)
		return stalled || finished, describe(again.Status.Conditions), err
	}))
	w.Log(describe(again.Status.Conditions))
	time.Sleep(8 * time.Second)
	if after := outside.count(w); after.Accepted != before.Accepted || after.Duplicates > 0 {
		w.Errorf("%+v were sent to, then %+v", before, after)
	}
}

// count is what this world's catcher has of another one's recipients.
func (w *world) count(of *world) harness.Count {
	w.Helper()
	stats, err := w.catcher.Stats(w.ctx)
	w.must(err)
	return harness.Tally(stats, of.isRecipient)
}

// testChartMidway takes the operator away while it sends, and puts it back.
func testChartMidway(t *testing.T) {
	w, b := midway(t)
	w.must(setup.Uninstall(w.ctx, harness.Release))
	time.Sleep(3 * time.Second)
	w.must(setup.Install(w.ctx, harness.Release, harness.ForTests...))
	w.hurry()
	w.audit(w.finished(b.Name), bounds{people: crowd})
}

// testNamespaceOfOperatorDeleted deletes shards, recipients and senders in mid-send. The record
// outlives that: the Broadcast is held, and never sent again.
func testNamespaceOfOperatorDeleted(t *testing.T) {
	if setup.Existing {
		t.Skip("deletes a namespace")
	}
	const n = 5
	done := newWorld(t, smtptest.Script{})
	done.standard(n)
	done.create(done.broadcast("done"))
	done.finished("done")
	w, b := midway(t)
	w.must(setup.Uninstall(w.ctx, harness.Release))
	w.must(kube.Client.Delete(w.ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: harness.Namespace}}))
	w.must(harness.Wait(w.ctx, "the operator's namespace to vanish", patience(), func(ctx context.Context) (bool, string, error) {
		err := kube.Client.Get(ctx, client.ObjectKey{Name: harness.Namespace}, &corev1.Namespace{})
		return apierrors.IsNotFound(err), "it is still there", client.IgnoreNotFound(err)
	}))
	before := w.tally()
	w.must(kube.Restrict(w.ctx, harness.Namespace))
	w.must(setup.Install(w.ctx, harness.Release, harness.ForTests...))
	w.Log(w.until(b, crier.ConditionStalled, metav1.ConditionTrue, crier.ReasonLedgerLost).Message)
	done.shown("done", n)
	if after := w.tally(); after.Accepted != before.Accepted || after.Duplicates > 0 || before.Accepted >= crowd {
		w.Errorf("%+v before, %+v after", before, after)
	}
	if strings.Contains(describe(b.Status.Conditions), "@") {
		w.Error("the conditions name addresses")
	}
}
