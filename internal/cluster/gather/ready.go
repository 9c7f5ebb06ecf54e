package gather

import (
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
)

// SetReady says whether a set is Ready at its present generation and has a
// roster of it: what a Broadcast may be planned with.
func SetReady(set *crier.SubscriberSet) bool {
	c := meta.FindStatusCondition(set.Status.Conditions, crier.ConditionReady)
	return c != nil && c.Status == "True" && c.ObservedGeneration == set.Generation &&
		set.Status.Roster != nil && set.Status.Roster.Generation == set.Generation
}

// SuppressionReady says whether a Suppression is Ready at its present generation and
// what it says is stored: what may be heeded.
func SuppressionReady(s *crier.Suppression) bool {
	c := meta.FindStatusCondition(s.Status.Conditions, crier.ConditionReady)
	return c != nil && c.Status == metav1.ConditionTrue && c.ObservedGeneration == s.Generation &&
		s.Status.Roster != nil && s.Status.Roster.Generation == s.Generation
}
