//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/hack/e2e/harness"
	"crier.dev/crier/internal/testing/smtptest"
)

const (
	crowd       = 600
	connections = 4 // of the relay that world.relay makes
)

// slow answers each message after a while, so that there is a middle to act in. crawl makes the
// middle so long that it isn't over before the act, however much else the machine has to do.
var (
	slow  = delayed(80 * time.Millisecond)
	crawl = delayed(time.Second)
)

// delayed answers the dot after a while.
func delayed(d time.Duration) smtptest.Script {
	return smtptest.Script{Rules: []smtptest.Rule{{Phase: smtptest.Dot, Delay: smtptest.Duration(d)}}}
}

// hurry lets the catcher take the rest at once.
func (w *world) hurry() {
	w.Helper()
	w.must(w.catcher.SetScript(w.ctx, smtptest.Script{}))
}

// midway starts a Broadcast to the crowd and waits until some of it is out. From then on messages
// crawl; who wants to see the end says hurry.
func midway(t *testing.T) (*world, *crier.Broadcast) {
	t.Helper()
	w := newWorld(t, slow)
	w.standard(crowd)
	b := w.broadcast("storm")
	w.create(b)
	w.stored(crowd / 6)
	w.must(w.catcher.SetScript(w.ctx, crawl))
	w.get(b)
	if b.Status.Record == "" {
		w.Fatal("the status names no record")
	}
	if count := w.tally(); count.Accepted >= crowd {
		w.Fatal("the catcher is too fast: all is sent already")
	}
	return w, b
}

// senders are the pods that send for a record and neither ended nor were told to.
func (w *world) senders(record string) []corev1.Pod {
	w.Helper()
	return slices.DeleteFunc(w.pods(record), func(pod corev1.Pod) bool {
		return pod.Status.Phase != corev1.PodRunning || pod.DeletionTimestamp != nil
	})
}

// pods are all sender pods of a record.
func (w *world) pods(record string) []corev1.Pod {
	w.Helper()
	pods := &corev1.PodList{}
	w.insist("the senders", func(ctx context.Context) error {
		return kube.Client.List(ctx, pods, client.InNamespace(harness.Namespace),
			client.MatchingLabels{crier.LabelRecord: record, crier.LabelComponent: crier.ComponentSender})
	})
	return pods.Items
}

func testSenderDeleted(t *testing.T) {
	w, b := midway(t)
	pods := w.senders(b.Status.Record)
	if len(pods) == 0 {
		w.Fatal("no sender pod runs")
	}
	w.must(kube.Client.Delete(w.ctx, &pods[0]))
	w.hurry()
	w.accounted(w.finished(b.Name), crowd, connections)
}

func testManagerDeleted(t *testing.T) {
	t.Parallel()
	w, b := midway(t)
	manager := client.MatchingLabels{"app.kubernetes.io/component": "manager"}
	w.must(kube.Client.DeleteAllOf(w.ctx, &corev1.Pod{}, client.InNamespace(harness.Namespace), manager))
	w.stored(w.tally().Accepted + 2*connections) // sending goes on meanwhile
	w.hurry()
	w.accounted(w.finished(b.Name), crowd, 0)
}

func testSuspendedInTheMiddle(t *testing.T) {
	w, b := midway(t)
	patch(w, b, func(b *crier.Broadcast) { b.Spec.Suspend = true })
	w.until(b, crier.ConditionReady, metav1.ConditionTrue, crier.ReasonSuspended)
	w.stopped(b.Status.Record)
	before := w.tally().Accepted
	if before >= crowd {
		w.Fatalf("all %d were sent although suspended", before)
	}
	w.hurry()
	patch(w, b, func(b *crier.Broadcast) { b.Spec.Suspend = false })
	w.accounted(w.finished(b.Name), crowd, 0)
}

// stopped waits until no sender of the record is left.
func (w *world) stopped(record string) {
	w.Helper()
	w.must(harness.Wait(w.ctx, "senders to stop", patience(), func(context.Context) (bool, string, error) {
		// One that was told to end may be at its last message, and one that waits may begin.
		left := len(slices.DeleteFunc(w.pods(record), func(pod corev1.Pod) bool {
			return pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
		}))
		return left == 0, fmt.Sprintf("%d run", left), nil
	}))
}

// testRecreatedInTheMiddle deletes and applies again while sending: that holds, until somebody
// says to go on with those who remain.
func testRecreatedInTheMiddle(t *testing.T) {
	w, b := midway(t)
	manifest := w.manifest(b)
	w.kubectl("", "delete", "broadcast", b.Name)
	w.kubectl(manifest, "apply", "-f", "-")
	again := w.broadcast(b.Name)
	w.Log(w.until(again, crier.ConditionStalled, metav1.ConditionTrue, crier.ReasonRecreatedWhileSend).Message)
	w.stopped(b.Status.Record)
	if before := w.tally().Accepted; before >= crowd {
		w.Fatalf("all %d were sent although the Broadcast was deleted", before)
	}
	w.hurry()
	patch(w, again, func(b *crier.Broadcast) {
		b.Spec.Resend = &crier.Resend{
			Token: "go-on", Only: crier.ResendRemaining,
			NotAfter: metav1.NewTime(time.Now().Add(time.Hour).Truncate(time.Second)),
		}
	})
	w.accounted(w.finished(again.Name), crowd, connections)
}

// testNamespaceDeletedInTheMiddle takes everything away but the catcher, which stands elsewhere.
func testNamespaceDeletedInTheMiddle(t *testing.T) {
	outside := newWorld(t, slow)
	w := newWorld(t, smtptest.Script{})
	relay := w.relay(password)
	relay.Spec.Host, relay.Spec.TLS.CABundle = outside.catcher.Host(), outside.authority
	w.create(relay, w.list(setName))
	w.people(setName, w.rows(0, crowd))
	b := w.broadcast("storm")
	w.create(b)
	outside.stored(crowd / 6)
	w.must(outside.catcher.SetScript(w.ctx, crawl))
	w.get(b)
	w.must(kube.Client.Delete(w.ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: w.namespace}}))
	record := &crier.DeliveryRecord{ObjectMeta: metav1.ObjectMeta{Name: b.Status.Record}}
	w.must(harness.Wait(w.ctx, "the record to be finished", patience(), func(ctx context.Context) (bool, string, error) {
		err := kube.Client.Get(ctx, client.ObjectKeyFromObject(record), record)
		return record.State.Stage == crier.RecordFinished, string(record.State.Stage), err
	}))
	w.stopped(record.Name)
	stats, err := outside.catcher.Stats(w.ctx)
	w.must(err)
	count, totals := harness.Tally(stats, w.isRecipient), record.State.Totals
	w.Logf("record: %s %+v; catcher: %+v", record.State.Result, totals, count)
	if count.Duplicates > 0 || count.Accepted >= crowd || record.State.Result != crier.ReasonCancelled ||
		int64(count.Accepted) < totals.Accepted || int64(count.Accepted) > totals.Accepted+totals.Unknown {
		w.Errorf("result %s, %+v, but the catcher has %+v", record.State.Result, totals, count)
	}
	w.must(harness.Wait(w.ctx, "the namespace to vanish", patience(), func(ctx context.Context) (bool, string, error) {
		space := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: w.namespace}}
		err := kube.Client.Get(ctx, client.ObjectKeyFromObject(space), space)
		return apierrors.IsNotFound(err), "it is still there", client.IgnoreNotFound(err)
	}))
	w.restored(outside, relay, b)
}

func testDeletedInTheMiddle(t *testing.T) {
	w, b := midway(t)
	w.must(kube.Client.Delete(w.ctx, b))
	w.must(harness.Wait(w.ctx, "the report of the cancellation", patience(), func(ctx context.Context) (bool, string, error) {
		messages, err := w.catcher.Messages(ctx, w.owner)
		return len(messages) > 0, "no mail", err
	}))
	mail := w.onlyMail(w.owner)
	if words := strings.ToLower(mail.Get("Subject") + mail.Body("text/plain")); !strings.Contains(words, "cancel") {
		w.Errorf("the report doesn't tell of the cancellation: %s\n%s", mail.Get("Subject"), mail.Body("text/plain"))
	}
	record := &crier.DeliveryRecord{ObjectMeta: metav1.ObjectMeta{Name: b.Status.Record}}
	w.get(record)
	totals, count := record.State.Totals, w.tally()
	w.Logf("record: %+v; catcher: %+v", totals, count)
	if count.Duplicates > 0 || count.Accepted >= crowd || int64(count.Accepted) < totals.Accepted ||
		int64(count.Accepted) > totals.Accepted+totals.Unknown || record.State.Result != crier.ReasonCancelled {
		w.Errorf("result %s, %+v, but the catcher has %+v", record.State.Result, totals, count)
	}
	if err := kube.Client.Get(w.ctx, client.ObjectKeyFromObject(b), b); !apierrors.IsNotFound(err) {
		w.Errorf("the Broadcast is still there: %v", err)
	}
}
