package subscriberset

import (
	"k8s.io/apimachinery/pkg/api/meta"

	crier "crier.dev/crier/api/v1alpha1"
)

// Ready says whether a set is Ready at its present generation and has a
// roster of it: what a Broadcast may be planned with.
func Ready(set *crier.SubscriberSet) bool {
	c := meta.FindStatusCondition(set.Status.Conditions, crier.ConditionReady)
	return c != nil && c.Status == "True" && c.ObservedGeneration == set.Generation &&
		set.Status.Roster != nil && set.Status.Roster.Generation == set.Generation
}
