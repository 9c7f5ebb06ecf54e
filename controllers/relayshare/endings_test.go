package relayshare

import (
	"strconv"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"crier.dev/crier/internal/delivery/share"
)

func pod(phase corev1.PodPhase, container corev1.ContainerState) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "sender"},
		Status:     corev1.PodStatus{Phase: phase, ContainerStatuses: []corev1.ContainerStatus{{State: container}}},
	}
}

var (
	runs  = corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}
	ended = corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{}}
)

// The controller looks again when a pod has ended for good, and not before.
func TestEndingsAreSeen(t *testing.T) {
	for _, c := range []struct {
		name string
		pod  *corev1.Pod
		want bool
	}{
		{"running", pod(corev1.PodRunning, runs), false},
		{"failed", pod(corev1.PodFailed, ended), true},
		{"collected with its node", pod(corev1.PodFailed, runs), false},
	} {
		if got := ending().Delete(event.DeleteEvent{Object: c.pod}); got != c.want {
			t.Errorf("%s and deleted: %t", c.name, got)
		}
	}
	before, after := pod(corev1.PodRunning, runs), pod(corev1.PodFailed, ended)
	for _, c := range []struct {
		old, new *corev1.Pod
		want     bool
	}{{before, before, false}, {before, after, true}, {after, after, false}} {
		if got := ending().Update(event.UpdateEvent{ObjectOld: c.old, ObjectNew: c.new}); got != c.want {
			t.Errorf("%s to %s: %t", c.old.Status.Phase, c.new.Status.Phase, got)
		}
	}
}

// They are remembered for longer than any ration holds, and not for ever.
func TestEndingsAreForgotten(t *testing.T) {
	var e endings
	start := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	for i := range 100 {
		e.note(strconv.Itoa(i), start.Add(time.Duration(i)*time.Minute))
	}
	set := map[string]bool{}
	e.add(set)
	if !set["99"] || !set["98"] || set["0"] || len(set) > int(2*(share.Term+share.Margin)/time.Minute)+2 {
		t.Errorf("%d are remembered: %v", len(set), set)
	}
}
