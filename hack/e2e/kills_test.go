//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/hack/e2e/harness"
	"crier.dev/crier/internal/testing/smtptest"
)

// pace answers the dot so late that so many people on so many connections take that long.
func pace(people, connections int, takes time.Duration) smtptest.Script {
	delay := takes * time.Duration(connections) / time.Duration(people)
	return delayed(delay)
}

// onNode skips a test that has to reach the processes of the node.
func onNode(t *testing.T) {
	t.Helper()
	if setup.Existing {
		t.Skip("needs to be on the node")
	}
}

// start makes a crowd and a Broadcast to it, and waits until part of it is out.
func (w *world) start(people, connections, part int) *crier.Broadcast {
	w.Helper()
	w.crowd(people, connections)
	b := w.broadcast("storm")
	w.create(b)
	w.stored(part)
	w.get(b)
	return b
}

// someSenders waits until at least n pods send for a record.
func (w *world) someSenders(record string, n int) []corev1.Pod {
	w.Helper()
	var pods []corev1.Pod
	w.must(harness.Wait(w.ctx, fmt.Sprintf("%d senders", n), patience(), func(context.Context) (bool, string, error) {
		pods = w.senders(record)
		return len(pods) >= n, fmt.Sprintf("%d run", len(pods)), nil
	}))
	return pods
}

// testKills kills senders without warning, again and again over the whole run. Each costs at most
// one recipient per connection, one that was in flight.
func testKills(t *testing.T) {
	onNode(t)
	const conns = 4
	s := sizeOf("Kills")
	w := newWorld(t, pace(s.people, conns, time.Duration(s.times)*4*time.Second))
	b := w.start(s.people, conns, s.people/(s.times+2))
	var moments []moment
	for i := range s.times {
		w.stored((i + 1) * s.people / (s.times + 2))
		moments = append(moments, w.kill(b.Status.Record, i))
	}
	w.audit(w.finished(b.Name), bounds{people: s.people, unknown: s.times * conns, moments: moments})
}

// kill kills one of the senders as soon as there is one.
func (w *world) kill(record string, which int) moment {
	w.Helper()
	var when moment
	w.must(harness.Wait(w.ctx, "a sender to kill", patience(), func(context.Context) (bool, string, error) {
		pods := w.senders(record)
		if len(pods) == 0 {
			return false, "none runs", nil
		}
		var err error
		when = strike(func() { err = signalPod(string(pods[which%len(pods)].UID), syscall.SIGKILL) })
		return err == nil, "", err
	}))
	return when
}

// testDrained evicts all senders, one after the other, while each reply takes 5 s: they wait for
// what they are owed.
func testDrained(t *testing.T) {
	s := sizeOf("Drained")
	conns := 10 * s.people / shard // enough for one pod per shard
	w := newWorld(t, delayed(5*time.Second))
	b := w.start(s.people, conns, 1)
	for range s.times {
		old := w.someSenders(b.Status.Record, s.people/shard)
		w.Logf("%d pods to drain", len(old))
		for _, pod := range old {
			w.evict(pod)
			w.someSenders(b.Status.Record, len(old))
		}
		stored, err := w.catcher.Stored(w.ctx)
		w.must(err)
		w.stored(stored + 1) // those after them are at work
	}
	w.must(w.catcher.SetScript(w.ctx, smtptest.Script{}))
	w.audit(w.finished(b.Name), bounds{people: s.people})
}

// evict asks for a pod to leave as kubectl drain does, and waits until it has ended.
func (w *world) evict(pod corev1.Pod) {
	w.Helper()
	meta := metav1.ObjectMeta{Namespace: pod.Namespace, Name: pod.Name}
	w.must(kube.Set.CoreV1().Pods(pod.Namespace).EvictV1(w.ctx, &policyv1.Eviction{ObjectMeta: meta}))
	w.must(harness.Wait(w.ctx, pod.Name+" to end", patience(), func(context.Context) (bool, string, error) {
		uids := w.uids(pod.Labels[crier.LabelRecord])
		return !strings.Contains(uids, string(pod.UID)), uids, nil
	}))
}

// uids are those of all pods of a record, in whatever state.
func (w *world) uids(record string) string {
	list, err := kube.Set.CoreV1().Pods(harness.Namespace).List(w.ctx, metav1.ListOptions{LabelSelector: crier.LabelRecord + "=" + record})
	if err != nil {
		return err.Error()
	}
	var uids []string
	for _, pod := range list.Items {
		uids = append(uids, string(pod.UID))
	}
	return strings.Join(uids, " ")
}
