package suppression

import (
	"testing"

	crier "crier.dev/crier/api/v1alpha1"
)

func TestApplies(t *testing.T) {
	mail := Mail{
		Namespace: "hr", Lists: []string{"staff", "news"},
		Relay: crier.NamespacedReference{Namespace: "platform", Name: "main"}, Purpose: crier.PurposeSubscribed,
	}
	for _, tc := range []struct {
		name      string
		scope     crier.SuppressionScope
		namespace string
		want      bool
	}{
		{"the list", crier.SuppressionScope{Kind: crier.ScopeList, Name: "staff"}, "hr", true},
		{"another of its lists", crier.SuppressionScope{Kind: crier.ScopeList, Name: "news"}, "hr", true},
		{"a list that it isn't for", crier.SuppressionScope{Kind: crier.ScopeList, Name: "retired"}, "hr", false},
		{"a list of that name elsewhere", crier.SuppressionScope{Kind: crier.ScopeList, Name: "staff"}, "tax", false},
		{"the namespace", crier.SuppressionScope{Kind: crier.ScopeNamespace}, "hr", true},
		{"another namespace", crier.SuppressionScope{Kind: crier.ScopeNamespace}, "tax", false},
		{"the relay, beside it", crier.SuppressionScope{Kind: crier.ScopeRelay, Name: "main"}, "platform", true},
		{"another relay there", crier.SuppressionScope{Kind: crier.ScopeRelay, Name: "slow"}, "platform", false},
		{"a relay of that name at home", crier.SuppressionScope{Kind: crier.ScopeRelay, Name: "main"}, "hr", false},
		{"everything, by the operator", crier.SuppressionScope{Kind: crier.ScopeGlobal}, "crier-system", true},
		{"everything, by a tenant", crier.SuppressionScope{Kind: crier.ScopeGlobal}, "hr", false},
		{"a scope of a later release", crier.SuppressionScope{Kind: "Cluster"}, "hr", false},
	} {
		if got := Applies(tc.scope, tc.namespace, "crier-system", mail); got != tc.want {
			t.Errorf("%s: %t, want %t", tc.name, got, tc.want)
		}
	}
}

func TestAllowed(t *testing.T) {
	global := crier.SuppressionScope{Kind: crier.ScopeGlobal}
	if Allowed(global, "hr", "crier-system") || !Allowed(global, "crier-system", "crier-system") {
		t.Error("Global is for the operator's own namespace")
	}
	if !Allowed(crier.SuppressionScope{Kind: crier.ScopeNamespace}, "hr", "crier-system") {
		t.Error("a namespace may be suppressed in it")
	}
}

func TestBinds(t *testing.T) {
	for _, reason := range Reasons {
		if !Binds(reason, crier.PurposeSubscribed) {
			t.Errorf("%s doesn't bind mail that people can leave", reason)
		}
		want := reason != crier.SuppressedUnsubscribed && reason != crier.SuppressedComplaint
		if got := Binds(reason, crier.PurposeMandatory); got != want {
			t.Errorf("%s binds mandatory mail: %t, want %t", reason, got, want)
		}
	}
	if len(Reasons) != 5 {
		t.Errorf("%d reasons", len(Reasons))
	}
}
