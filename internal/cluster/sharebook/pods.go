package sharebook

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// Ended says whether the containers of a pod have ended for good. Pods of lost
// nodes are called failed before they are removed, by a garbage collector that
// can't know: what the kubelet said of their containers stays as it was.
func Ended(pod *corev1.Pod) bool {
	if pod.Status.Phase != corev1.PodSucceeded && pod.Status.Phase != corev1.PodFailed {
		return false
	}
	return !slices.ContainsFunc(pod.Status.ContainerStatuses, func(c corev1.ContainerStatus) bool {
		return c.State.Running != nil
	})
}
