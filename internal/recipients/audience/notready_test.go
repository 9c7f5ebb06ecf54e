package audience

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
)

func TestNotReady(t *testing.T) {
	condition := func(status metav1.ConditionStatus, message string) []metav1.Condition {
		return []metav1.Condition{{Type: crier.ConditionReady, Status: status, Message: message}}
	}
	ready := condition(metav1.ConditionTrue, "3 subscribers.")
	roster := func(generation int64) *crier.RosterStatus { return &crier.RosterStatus{Generation: generation} }
	for name, c := range map[string]struct {
		seen       int64 // generation, of 2
		conditions []metav1.Condition
		roster     *crier.RosterStatus
		want       string
	}{
		"ready":                   {2, ready, roster(2), ""},
		"changed since":           {1, ready, roster(2), "has just changed and is being read"},
		"never judged":            {2, nil, roster(2), "is not ready"},
		"not ready":               {2, condition(metav1.ConditionFalse, "Line 3 has no address."), roster(2), "is not ready: Line 3 has no address"},
		"nobody knows":            {2, condition(metav1.ConditionUnknown, "It is being read."), roster(2), "is not ready: It is being read"},
		"without a roster":        {2, ready, nil, "has no roster of its present generation"},
		"with the roster of then": {2, ready, roster(1), "has no roster of its present generation"},
	} {
		set := &crier.SubscriberSet{}
		set.Generation = 2
		set.Status.ObservedGeneration, set.Status.Conditions, set.Status.Roster = c.seen, c.conditions, c.roster
		if got := NotReady(set); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
