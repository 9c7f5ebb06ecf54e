//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
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

// managers are the pods of the manager that run.
func (w *world) managers() []corev1.Pod {
	w.Helper()
	list := &corev1.PodList{}
	w.must(kube.Client.List(w.ctx, list, client.InNamespace(harness.Namespace), client.MatchingLabels{"app.kubernetes.io/component": "manager"}))
	return slices.DeleteFunc(list.Items, func(p corev1.Pod) bool {
		return p.Status.Phase != corev1.PodRunning || p.DeletionTimestamp != nil
	})
}

// killManager kills what runs of it, which may be nothing: it may not be back from the last time.
func (w *world) killManager() (killed bool) {
	w.Helper()
	for _, pod := range w.managers() {
		killed = signalPod(string(pod.UID), syscall.SIGKILL) == nil || killed
	}
	return killed
}

// testManagerKilled kills the manager every 5 s from before the Broadcast is there.
func testManagerKilled(t *testing.T) {
	onNode(t)
	t.Parallel()
	const conns = 4
	s := sizeOf("ManagerKilled")
	w := newWorld(t, pace(s.people, conns, s.wait))
	w.crowd(s.people, conns)
	w.create(w.broadcast("storm"))
	kills := 0
	for end := time.Now().Add(s.wait); time.Now().Before(end); time.Sleep(5 * time.Second) {
		if w.killManager() {
			kills++
		}
	}
	w.Logf("%d kills", kills)
	w.audit(w.finished("storm"), bounds{people: s.people})
}

// leader is the manager that holds the lease, and another one.
func (w *world) leader() (leads, waits corev1.Pod) {
	w.Helper()
	w.must(harness.Wait(w.ctx, "two managers and a leader", patience(), func(ctx context.Context) (bool, string, error) {
		leases, err := kube.Set.CoordinationV1().Leases(harness.Namespace).List(ctx, metav1.ListOptions{})
		if err != nil {
			return false, "", err
		}
		pods := w.managers()
		for _, lease := range leases.Items {
			for i, pod := range pods {
				holder := lease.Spec.HolderIdentity
				if lease.Name == "crier.dev" && holder != nil && strings.HasPrefix(*holder, pod.Name) && len(pods) == 2 {
					leads, waits = pod, pods[1-i]
					return true, "", nil
				}
			}
		}
		return false, fmt.Sprintf("%d managers, %d leases", len(pods), len(leases.Items)), nil
	}))
	return leads, waits
}

// testTwoManagers freezes the manager that leads until the other one does, and wakes it in the
// belief that it still leads.
func testTwoManagers(t *testing.T) {
	onNode(t)
	const conns = 4
	s := sizeOf("TwoManagers")
	w := newWorld(t, pace(s.people, conns, time.Duration(s.times)*30*time.Second))
	w.must(setup.Install(w.ctx, harness.Release, append(harness.ForTests, "--set", "replicas=2")...))
	t.Cleanup(func() {
		if err := setup.Install(context.Background(), harness.Release, harness.ForTests...); err != nil {
			t.Error(err)
		}
	})
	w.leader()
	w.crowd(s.people, conns)
	w.create(w.broadcast("storm"))
	for i := range s.times {
		w.stored((i + 1) * s.people / (s.times + 4))
		first, _ := w.leader()
		w.signal(syscall.SIGSTOP, first)
		w.must(harness.Wait(w.ctx, "the other manager to lead", patience(), func(context.Context) (bool, string, error) {
			now, _ := w.leader()
			return now.UID != first.UID, now.Name, nil
		}))
		w.signal(syscall.SIGCONT, first)
		w.Logf("%s woke while another one led", first.Name)
	}
	w.audit(w.finished("storm"), bounds{people: s.people})
}

// testUpgraded upgrades the operator to another image in mid-send. Pods of the old one go on.
func testUpgraded(t *testing.T) {
	onNode(t)
	const conns = 4
	s := sizeOf("Upgraded")
	w := newWorld(t, pace(s.people, conns, time.Minute)) // hurried when the upgrade is over
	next := *setup
	next.Image = "crier:next"
	w.must(setup.Cluster(w.ctx, "image", "../../bin/crier", "../../bin/crier-sender", "--name", next.Image, "--output", "../../bin/crier-next-image.tar"))
	w.must(setup.Cluster(w.ctx, "load", "../../bin/crier-next-image.tar"))
	b := w.start(s.people, conns, s.people/10)
	t.Cleanup(func() {
		if err := setup.Install(context.Background(), harness.Release, harness.ForTests...); err != nil {
			t.Error(err)
		}
	})
	w.must(next.Install(w.ctx, harness.Release, harness.ForTests...))
	for _, pod := range w.managers() {
		if pod.Spec.Containers[0].Image != next.Image {
			w.Errorf("a manager of %s runs", pod.Spec.Containers[0].Image)
		}
	}
	if stored, err := w.catcher.Stored(w.ctx); err != nil || stored >= s.people {
		w.Fatalf("all was sent before the upgrade: %d, %v", stored, err)
	}
	w.hurry()
	w.audit(w.finished(b.Name), bounds{people: s.people})
}

// freezeSteps are the steps of a freeze as they show from outside.
var freezeSteps = []string{"registered", "attempt written", "some shards", "half of the shards", "frozen"}

// testFreezeKilled kills the manager at each step of the freeze while the source changes: who gets
// the message is what the source held at one time.
func testFreezeKilled(t *testing.T) {
	onNode(t)
	t.Parallel()
	s := sizeOf("FreezeKilled")
	for i := range s.times {
		step := i % len(freezeSteps)
		if !full {
			step = []int{1, 2, 4}[i%3]
		}
		t.Run(fmt.Sprintf("%d", i), func(t *testing.T) {
			t.Parallel()
			freezeKilled(t, s.people, step)
		})
	}
}

func freezeKilled(t *testing.T, people, step int) {
	w := newWorld(t, smtptest.Script{})
	w.crowd(people, 20)
	w.change(0)
	w.ready()
	set := &crier.SubscriberSet{ObjectMeta: w.meta(setName)}
	w.must(harness.Wait(w.ctx, "the first version of the source", patience(), func(context.Context) (bool, string, error) {
		w.get(set)
		return set.Status.Subscribers == int64(people+1), fmt.Sprint(set.Status.Subscribers), nil
	}))
	w.create(w.broadcast("storm"))
	seen := -1
	w.must(harness.Wait(w.ctx, "step "+freezeSteps[step], patience(), func(context.Context) (bool, string, error) {
		for range 100 { // Wait alone looks too rarely
			if seen = w.freezeStep("storm"); seen >= step {
				return true, "", nil
			}
		}
		return false, fmt.Sprint(seen), nil
	}))
	killed := w.killManager()
	w.change(1)
	w.Logf("killed (%t) at step %q, %q was meant", killed, freezeSteps[seen], freezeSteps[step])
	for version := 2; version < 5; version++ {
		time.Sleep(300 * time.Millisecond)
		w.change(version)
	}
	b := w.finished("storm")
	w.Logf("%+v of %+v", *b.Status.Totals, *b.Status.Audience)
	of, markers := w.trace().Of(), 0
	for address, transactions := range of {
		if strings.HasPrefix(address, "version") {
			markers++
		}
		if len(transactions) > 1 { // nothing hit a sender, so not even a try was cut off
			w.Errorf("%s was tried %d times", address, len(transactions))
		}
	}
	for i := range people {
		if len(of[w.recipient(i)]) == 0 {
			w.Errorf("%s got nothing", w.recipient(i))
		}
	}
	if markers != 1 || b.Status.Totals.Accepted != int64(people+1) || b.Status.Audience.Recipients != int64(people+1) {
		w.Errorf("%d versions of the source were mixed: %+v", markers, b.Status.Totals)
	}
}

// change writes another version of the source: one person comes, one goes.
func (w *world) change(version int) {
	w.Helper()
	patch(w, &corev1.ConfigMap{ObjectMeta: w.meta(setName)}, func(c *corev1.ConfigMap) {
		rows, _, _ := strings.Cut(c.Data["people.csv"], "version")
		c.Data["people.csv"] = rows + fmt.Sprintf("version%d@%s,Version,V\n", version, w.domain)
	})
}

// freezeStep is how far a Broadcast is, -1 before the first step.
func (w *world) freezeStep(name string) int {
	records := &crier.DeliveryRecordList{}
	if err := kube.Client.List(w.ctx, records); err != nil {
		return -1
	}
	for _, record := range records.Items {
		state := record.State
		switch {
		case record.Spec.Namespace != w.namespace || record.Spec.Broadcast != name || record.Spec.Purpose != crier.RecordBroadcast:
			continue
		case state.Frozen != nil:
			return 4
		case state.Attempt == nil:
			return 0
		}
		shards := &crier.DeliveryShardList{}
		if err := kube.Client.List(w.ctx, shards, client.InNamespace(harness.Namespace), client.MatchingLabels{crier.LabelRecord: record.Name}); err != nil {
			return 1
		}
		switch planned := state.Audience; {
		case len(shards.Items) == 0:
			return 1
		case planned != nil && int64(2*len(shards.Items)*shard) >= planned.Recipients:
			return 3
		}
		return 2
	}
	return -1
}
