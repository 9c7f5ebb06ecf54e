package sharebook

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// Only what the kubelet says of the containers is believed: a pod that is
// called ended while its container runs would have its share given to another,
// and both would send.
func TestEnded(t *testing.T) {
	runs := corev1.ContainerStatus{State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}}
	ended := corev1.ContainerStatus{State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{}}}
	for _, c := range []struct {
		name       string
		phase      corev1.PodPhase
		containers []corev1.ContainerStatus
		want       bool
	}{
		{"not begun", corev1.PodPending, nil, false},
		{"running", corev1.PodRunning, []corev1.ContainerStatus{runs}, false},
		{"between two containers", corev1.PodRunning, []corev1.ContainerStatus{ended}, false},
		{"succeeded", corev1.PodSucceeded, []corev1.ContainerStatus{ended}, true},
		{"failed", corev1.PodFailed, []corev1.ContainerStatus{ended}, true},
		{"evicted before it began", corev1.PodFailed, []corev1.ContainerStatus{{}}, true},
		{"collected with its node", corev1.PodFailed, []corev1.ContainerStatus{runs}, false},
		{"collected with one of two", corev1.PodFailed, []corev1.ContainerStatus{ended, runs}, false},
		{"of a node that nobody hears of", corev1.PodUnknown, []corev1.ContainerStatus{ended}, false},
	} {
		pod := &corev1.Pod{Status: corev1.PodStatus{Phase: c.phase, ContainerStatuses: c.containers}}
		if got := Ended(pod); got != c.want {
			t.Errorf("%s: %t", c.name, got)
		}
	}
}
