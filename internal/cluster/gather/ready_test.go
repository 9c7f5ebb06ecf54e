package gather

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/testing/apitest"
)

// What was read of an older state of an object isn't what it says now: with a
// set somebody who was taken out would get the message, with a Suppression
// somebody who was added.
func TestOnlyWhatWasReadAsItIsNowIsReady(t *testing.T) {
	ready := reconcile.IsReady(crier.ReasonReady, "Read.")
	for name, c := range map[string]struct {
		verdict         reconcile.Verdict
		judged, present int64 // generations: of the conditions, of the object
		roster          *crier.RosterStatus
		want            bool
	}{
		"read":                      {ready, 3, 3, &crier.RosterStatus{Generation: 3}, true},
		"of an older state":         {ready, 2, 3, &crier.RosterStatus{Generation: 3}, false},
		"stored of an older state":  {ready, 3, 3, &crier.RosterStatus{Generation: 2}, false},
		"nothing is stored":         {ready, 3, 3, nil, false},
		"it can't be read":          {reconcile.IsReconciling(crier.ReasonSourceUnreadable, "No."), 3, 3, &crier.RosterStatus{Generation: 3}, false},
		"somebody must mend it":     {reconcile.IsStalled(crier.ReasonSourceUnreadable, "No."), 3, 3, &crier.RosterStatus{Generation: 3}, false},
		"stored, and changed since": {ready, 2, 3, &crier.RosterStatus{Generation: 2}, false},
	} {
		meta := metav1.ObjectMeta{Generation: c.present}
		conditions := reconcile.Conditions(nil, c.judged, c.verdict, apitest.Start)
		set := &crier.SubscriberSet{ObjectMeta: meta, Status: crier.SubscriberSetStatus{Conditions: conditions, Roster: c.roster}}
		if got := SetReady(set); got != c.want {
			t.Errorf("a set, %s: %t", name, got)
		}
		s := &crier.Suppression{ObjectMeta: meta, Status: crier.SuppressionStatus{Conditions: conditions, Roster: c.roster}}
		if got := SuppressionReady(s); got != c.want {
			t.Errorf("a Suppression, %s: %t", name, got)
		}
	}
	if SetReady(&crier.SubscriberSet{}) || SuppressionReady(&crier.Suppression{}) {
		t.Error("ready though nobody looked at it")
	}
}
