package reconcile

import (
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/events"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/words"
)

// maxNote is how much of a condition's message an event repeats, in octets: its
// note may have 1 kB.
const maxNote = 1000

// Announce makes an event of a change to Ready or Stalled since those
// conditions, and of another reason for either.
func Announce(recorder events.EventRecorder, obj client.Object, before []metav1.Condition) {
	after, _ := statusOf(obj)
	if after == nil {
		return // a kind without conditions
	}
	for kind, severity := range map[string]string{crier.ConditionReady: "Normal", crier.ConditionStalled: "Warning"} {
		is, was := meta.FindStatusCondition(*after, kind), meta.FindStatusCondition(before, kind)
		if is == nil || is.Status != metav1.ConditionTrue {
			continue
		}
		if was != nil && was.Status == is.Status && was.Reason == is.Reason {
			continue
		}
		recorder.Eventf(obj, nil, severity, is.Reason, "Reconcile", "%s", words.Shorten(is.Message, maxNote))
	}
}
