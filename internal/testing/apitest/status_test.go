package apitest

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/reconcile"
)

// A check that passes whatever the status says would leave every controller
// untested.
func TestChecksOfAStatusCanFail(t *testing.T) {
	judged := func(v reconcile.Verdict, observed int64) *crier.Relay {
		r := &crier.Relay{ObjectMeta: metav1.ObjectMeta{Name: "main", Generation: 2}}
		r.Status.ObservedGeneration = observed
		r.Status.Conditions = reconcile.Conditions(nil, 2, v, Start)
		return r
	}
	fine := judged(reconcile.IsReady(crier.ReasonReady, "It answers at 10.0.0.1."), 2)
	for name, c := range map[string]struct {
		err  error
		good bool
	}{
		"understood":           {understood(fine, []string{"hunter2"}), true},
		"shows a word":         {understood(fine, []string{"hunter2", "10.0.0"}), false},
		"of an older state":    {understood(judged(reconcile.IsReady(crier.ReasonReady, ""), 1), nil), false},
		"without conditions":   {understood(&crier.MailingList{}, nil), false},
		"as expected":          {unlike(fine, crier.ConditionReady, metav1.ConditionTrue, crier.ReasonReady, "answers at"), true},
		"of any status":        {unlike(fine, crier.ConditionReady, "", crier.ReasonReady, ""), true},
		"another status":       {unlike(fine, crier.ConditionReady, metav1.ConditionFalse, crier.ReasonReady, ""), false},
		"another reason":       {unlike(fine, crier.ConditionReady, "", crier.ReasonRelayReachable, ""), false},
		"other words":          {unlike(fine, crier.ConditionReady, "", crier.ReasonReady, "answers on"), false},
		"no such condition":    {unlike(fine, crier.ConditionStalled, "", crier.ReasonReady, ""), false},
		"stalled, as expected": {unlike(judged(reconcile.IsStalled(crier.ReasonTLSFailed, "Old."), 2), crier.ConditionStalled, metav1.ConditionTrue, crier.ReasonTLSFailed, "Old"), true},
	} {
		if (c.err == nil) != c.good {
			t.Errorf("%s: %v", name, c.err)
		}
	}
}
