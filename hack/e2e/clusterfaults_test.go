//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/hack/e2e/harness"
	"crier.dev/crier/internal/testing/smtptest"
)

// component carries out a verb of hack/cluster.
func (w *world) component(verb, name string) {
	w.Helper()
	w.must(setup.Cluster(w.ctx, verb, name))
}

// together lets the faults of the cluster strike at the same time in the short form: it saves
// minutes, and what they may cost is the same.
func together(t *testing.T) {
	t.Helper()
	if !full {
		t.Parallel()
	}
}

// testAPIServerGone takes the API server away for a while.
func testAPIServerGone(t *testing.T) {
	onNode(t)
	together(t)
	const conns = 4
	s := sizeOf("APIServerGone")
	w := newWorld(t, pace(s.people, conns, 2*s.wait))
	b := w.start(s.people, conns, s.people/8)
	w.component("stop", "kube-apiserver")
	t.Cleanup(func() { _ = setup.Cluster(context.Background(), "start", "kube-apiserver") })
	time.Sleep(s.wait)
	w.component("start", "kube-apiserver")
	w.audit(w.finished(b.Name), bounds{people: s.people})
}

func testEtcdRestarted(t *testing.T) {
	onNode(t)
	together(t)
	const conns = 4
	s := sizeOf("EtcdRestarted")
	w := newWorld(t, pace(s.people, conns, time.Duration(s.times)*10*time.Second))
	b := w.start(s.people, conns, s.people/8)
	for i := range s.times {
		w.stored((i + 1) * s.people / (s.times + 2))
		w.component("restart", "etcd")
	}
	w.audit(w.finished(b.Name), bounds{people: s.people})
}

// maxBatch is what a lost pod costs at most.
const maxBatch = 100

// testPodsLost loses pods with their journals while the kubelet hangs: of each two one goes on
// sending although its pod is gone, and one is frozen beyond its lease and wakes up when others
// have taken over.
func testPodsLost(t *testing.T) {
	onNode(t)
	together(t)
	const each = 10 // connections of a pod: enough for one pod per shard
	s := sizeOf("PodsLost")
	conns := each * s.people / shard // a pod for every shard
	rounds := s.times / 2
	w := newWorld(t, pace(s.people, conns, time.Duration(rounds)*(s.wait+50*time.Second)))
	b := w.start(s.people, conns, s.people/20)
	for range rounds {
		w.lose(w.busySenders(b.Status.Record, 3), s.wait)
	}
	w.must(w.catcher.SetScript(w.ctx, smtptest.Script{}))
	b = w.finished(b.Name)
	w.audit(b, bounds{people: s.people, unknown: s.times * maxBatch})
	unknown := int(b.Status.Totals.Unknown)
	if unknown == 0 {
		return
	}
	w.resend(b, crier.ResendUnknown)
	w.audit(w.finished(b.Name), bounds{people: s.people, twice: unknown})
}

// resend asks for one, and waits until it is carried out.
func (w *world) resend(b *crier.Broadcast, only crier.ResendSelection) {
	w.Helper()
	token := "again-" + string(only)
	patch(w, b, func(b *crier.Broadcast) {
		b.Spec.Resend = &crier.Resend{
			Token: token, Only: only, NotAfter: metav1.NewTime(time.Now().Add(time.Hour).Truncate(time.Second)),
		}
	})
	w.must(harness.Wait(w.ctx, "the resend", patience(), func(ctx context.Context) (bool, string, error) {
		err := kube.Client.Get(ctx, client.ObjectKeyFromObject(b), b)
		totals := b.Status.Totals
		done := b.Status.ResendToken == token && totals != nil && (only != crier.ResendUnknown || totals.Unknown == 0)
		return done, describe(b.Status.Conditions), err
	}))
}

// busySenders waits until at least n pods of a record have sent something by the server's log.
func (w *world) busySenders(record string, n int) []corev1.Pod {
	w.Helper()
	var busy []corev1.Pod
	w.must(harness.Wait(w.ctx, fmt.Sprintf("%d senders at work", n), patience(), func(context.Context) (bool, string, error) {
		trace := w.trace()
		busy = slices.DeleteFunc(w.senders(record), func(pod corev1.Pod) bool { return trace.From(pod.Status.PodIP) == 0 })
		return len(busy) >= n, fmt.Sprintf("%d are", len(busy)), nil
	}))
	return busy
}

// lose deletes two of the pods while the kubelet hangs; the first is frozen as well.
func (w *world) lose(pods []corev1.Pod, wait time.Duration) {
	w.Helper()
	frozen, zombie := pods[0], pods[1]
	w.component("freeze", "kubelet")
	thaw := sync.OnceFunc(func() { _ = setup.Cluster(context.Background(), "thaw", "kubelet") })
	defer thaw()
	w.signal(syscall.SIGSTOP, frozen)
	w.insist("to delete pods", func(ctx context.Context) error {
		if err := kube.Client.Delete(ctx, &frozen); err != nil { // as a drain does; the kubelet hears of it later
			return err
		}
		return kube.Client.Delete(ctx, &zombie, client.GracePeriodSeconds(0))
	})
	time.Sleep(wait + 20*time.Second) // until their leases are over, and the others have had time
	woken := time.Now()
	w.signal(syscall.SIGCONT, frozen)
	time.Sleep(4 * time.Second)
	thawed := time.Now()
	thaw() // first, since the server's log is reached through the cluster
	w.stays(frozen.Status.PodIP, woken, thawed)
	w.stays(zombie.Status.PodIP, woken, thawed)
}

// stays checks that a sender began and ended no message in a time.
func (w *world) stays(address string, from, to time.Time) {
	w.Helper()
	trace, of := w.trace(), map[int]bool{}
	for _, l := range trace.Links {
		of[l.ID] = l.Remote == address
	}
	before := 0
	for _, x := range trace.Transactions {
		switch {
		case !of[x.Connection]:
		case x.Begun.After(to):
		case x.Begun.After(from) || x.Dot.After(from):
			w.Errorf("the sender at %s went on after its lease: %+v", address, x)
		default:
			before++
		}
	}
	w.Logf("the sender at %s sent %d messages before", address, before)
	if before == 0 {
		w.Errorf("the server never saw %s", address)
	}
}
