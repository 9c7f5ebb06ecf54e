package deliveryrecord

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/delivery/ledger"
)

// believeSenders notes that the ledger was set back if a sender says so: it has
// seen what a manager that began after that hasn't.
func (s *scope) believeSenders() {
	if s.state.SetBack != nil {
		return
	}
	if i := slices.IndexFunc(s.pods, foundSetBack); i >= 0 {
		s.state.SetBack = &crier.RecordSetBack{
			At: metav1.NewTime(s.now), Message: "sender pod " + s.pods[i].Name + " found it, its log says where",
		}
	}
}

// foundSetBack says whether a container of the pod ended because it found the
// ledger set back.
func foundSetBack(pod corev1.Pod) bool {
	says := func(ended *corev1.ContainerStateTerminated) bool {
		return ended != nil && ended.ExitCode == ledger.ExitSetBack
	}
	return slices.ContainsFunc(pod.Status.ContainerStatuses, func(c corev1.ContainerStatus) bool {
		return says(c.State.Terminated) || says(c.LastTerminationState.Terminated)
	})
}
