package grant

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
)

func bound(n int64) *int64 { return &n }

func TestAllowed(t *testing.T) {
	hr := []string{"hr"}
	agencies := &metav1.LabelSelector{MatchLabels: map[string]string{"tier": "agency"}}
	for _, c := range []struct {
		name      string
		grants    []crier.RelayGrant
		namespace string
		labels    map[string]string
		from      string
		want      bool
	}{
		{"nothing by default", nil, "mail", nil, "a@example.gov", false},
		{"domain", []crier.RelayGrant{{Namespaces: hr, Domains: []string{"example.gov"}}}, "hr", nil, "benefits@example.gov", true},
		{"whatever the case", []crier.RelayGrant{{Namespaces: hr, Domains: []string{"Example.GOV"}}}, "hr", nil, "benefits@EXAMPLE.gov", true},
		{"no subdomain", []crier.RelayGrant{{Namespaces: hr, Domains: []string{"example.gov"}}}, "hr", nil, "a@hr.example.gov", false},
		{"no parent domain", []crier.RelayGrant{{Namespaces: hr, Domains: []string{"hr.example.gov"}}}, "hr", nil, "a@example.gov", false},
		{"no suffix of a label", []crier.RelayGrant{{Namespaces: hr, Domains: []string{"ample.gov"}}}, "hr", nil, "a@example.gov", false},
		{"no wildcard", []crier.RelayGrant{{Namespaces: hr, Domains: []string{"*"}}}, "hr", nil, "a@example.gov", false},
		{"U-label", []crier.RelayGrant{{Namespaces: hr, Domains: []string{"bücher.example"}}}, "hr", nil, "a@xn--bcher-kva.example", true},
		{"A-label", []crier.RelayGrant{{Namespaces: hr, Domains: []string{"xn--bcher-kva.example"}}}, "hr", nil, "a@bücher.example", true},
		{"another namespace", []crier.RelayGrant{{Namespaces: hr, Domains: []string{"example.gov"}}}, "tax", nil, "a@example.gov", false},
		{"address", []crier.RelayGrant{{Namespaces: hr, Addresses: []crier.MailAddress{"Benefits@example.gov"}}}, "hr", nil, "benefits@example.gov", true},
		{"another address", []crier.RelayGrant{{Namespaces: hr, Addresses: []crier.MailAddress{"benefits@example.gov"}}}, "hr", nil, "director@example.gov", false},
		{"a tag is another address", []crier.RelayGrant{{Namespaces: hr, Addresses: []crier.MailAddress{"benefits@example.gov"}}}, "hr", nil, "benefits+x@example.gov", false},
		{"selector", []crier.RelayGrant{{NamespaceSelector: agencies, Domains: []string{"example.gov"}}}, "tax", map[string]string{"tier": "agency"}, "a@example.gov", true},
		{"selector misses", []crier.RelayGrant{{NamespaceSelector: agencies, Domains: []string{"example.gov"}}}, "tax", nil, "a@example.gov", false},
		{"empty selector is everybody", []crier.RelayGrant{{NamespaceSelector: &metav1.LabelSelector{}, Domains: []string{"example.gov"}}}, "tax", nil, "a@example.gov", true},
		{"broken selector is nobody", []crier.RelayGrant{{NamespaceSelector: &metav1.LabelSelector{
			MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "tier", Operator: "Near"}},
		}, Domains: []string{"example.gov"}}}, "tax", nil, "a@example.gov", false},
		{"namespace and sender of different grants", []crier.RelayGrant{
			{Namespaces: hr, Domains: []string{"example.org"}},
			{Namespaces: []string{"tax"}, Domains: []string{"example.gov"}},
		}, "hr", nil, "a@example.gov", false},
		{"no address", []crier.RelayGrant{{Namespaces: hr, Domains: []string{"example.gov"}}}, "hr", nil, "example.gov", false},
	} {
		relay := &crier.Relay{ObjectMeta: metav1.ObjectMeta{Namespace: "mail"}, Spec: crier.RelaySpec{Grants: c.grants}}
		if _, got := Allowed(relay, c.namespace, c.labels, c.from); got != c.want {
			t.Errorf("%s: %t, want %t", c.name, got, c.want)
		}
	}
}

func TestAllowedTakesTheWidestGrant(t *testing.T) {
	hr := []string{"hr"}
	domains := []string{"example.gov"}
	relay := &crier.Relay{Spec: crier.RelaySpec{Grants: []crier.RelayGrant{
		{Namespaces: hr, Domains: domains, MaxRecipients: bound(10)},
		{Namespaces: hr, Domains: domains, MaxRecipients: bound(1000)},
		{Namespaces: hr, Domains: domains, MaxRecipients: bound(100)},
		{Namespaces: []string{"tax"}, Domains: domains},
	}}}
	got, ok := Allowed(relay, "hr", nil, "a@example.gov")
	if !ok || got.MaxRecipients == nil || *got.MaxRecipients != 1000 {
		t.Errorf("got %v %t, want the bound of 1000", got.MaxRecipients, ok)
	}
	relay.Spec.Grants = append(relay.Spec.Grants, crier.RelayGrant{Namespaces: hr, Domains: domains})
	if got, _ := Allowed(relay, "hr", nil, "a@example.gov"); got.MaxRecipients != nil {
		t.Errorf("got the bound %d, want none", *got.MaxRecipients)
	}
}

// A grant of urgency holds for the senders that it names, whichever grant is
// the widest.
func TestUrgent(t *testing.T) {
	hr, domains := []string{"hr"}, []string{"example.gov"}
	relay := &crier.Relay{Spec: crier.RelaySpec{Grants: []crier.RelayGrant{
		{Namespaces: hr, Domains: domains},
		{Namespaces: hr, Domains: domains, MaxRecipients: bound(10), Urgent: true},
		{Namespaces: []string{"tax"}, Addresses: []crier.MailAddress{"alarm@example.gov"}, Urgent: true},
		{Namespaces: []string{"tax"}, Domains: domains},
	}}}
	for _, c := range []struct {
		namespace, from string
		want            bool
	}{
		{"hr", "a@example.gov", true},
		{"hr", "a@example.org", false},
		{"tax", "alarm@example.gov", true},
		{"tax", "news@example.gov", false},
		{"mail", "alarm@example.gov", false},
		{"hr", "nobody", false},
	} {
		if got := Urgent(relay, c.namespace, nil, c.from); got != c.want {
			t.Errorf("%s as %s: %t, want %t", c.namespace, c.from, got, c.want)
		}
	}
}
