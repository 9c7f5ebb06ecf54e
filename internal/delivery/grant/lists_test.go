package grant

import (
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
)

func TestForList(t *testing.T) {
	hr := []string{"hr"}
	byDomain := crier.RelayGrant{Namespaces: hr, Domains: []string{"example.gov"}}
	byAddress := crier.RelayGrant{Namespaces: hr, Addresses: []crier.MailAddress{"news@Example.gov"}}
	narrow := crier.RelayGrant{Namespaces: hr, Domains: []string{"example.gov"}, ListDomains: []string{"Lists.example.gov", "bücher.example"}}
	broken := crier.RelayGrant{Namespaces: hr, Domains: []string{"example.gov"}, ListDomains: []string{"a..b"}}
	for _, c := range []struct {
		name            string
		grants          []crier.RelayGrant
		address         string
		sender, allowed bool
	}{
		{"no grant", nil, "all@example.gov", false, false},
		{"in the domain", []crier.RelayGrant{byDomain}, "all@EXAMPLE.gov", true, true},
		{"below it", []crier.RelayGrant{byDomain}, "all@lists.hr.example.gov", true, true},
		{"above it", []crier.RelayGrant{byDomain}, "all@gov.example", true, false},
		{"with the same end", []crier.RelayGrant{byDomain}, "all@anexample.gov", true, false},
		{"elsewhere", []crier.RelayGrant{byDomain}, "alerts@emergency.example.org", true, false},
		{"in the domain of an address", []crier.RelayGrant{byAddress}, "all@example.gov", true, true},
		{"below that", []crier.RelayGrant{byAddress}, "all@lists.example.gov", true, true},
		{"given", []crier.RelayGrant{narrow}, "all@lists.example.gov", true, true},
		{"given as a U-label", []crier.RelayGrant{narrow}, "all@xn--bcher-kva.example", true, true},
		{"given, and below it", []crier.RelayGrant{narrow}, "all@new.lists.example.gov", true, false},
		{"given, and another", []crier.RelayGrant{narrow}, "all@example.gov", true, false},
		{"given, and can't be read", []crier.RelayGrant{broken}, "all@example.gov", true, false},
		{"by another grant of the namespace", []crier.RelayGrant{byDomain, {
			Namespaces: hr, Addresses: []crier.MailAddress{"a@example.org"},
		}}, "all@example.org", true, true},
		{"by the grant of another namespace", []crier.RelayGrant{byDomain, {
			Namespaces: []string{"tax"}, Domains: []string{"example.org"},
		}}, "all@example.org", true, false},
		{"by a selector", []crier.RelayGrant{byDomain, {
			NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"tier": "agency"}}, Domains: []string{"example.org"},
		}}, "all@example.org", true, true},
		{"no address", []crier.RelayGrant{byDomain}, "example.gov", true, false},
		{"the author may not send", []crier.RelayGrant{{Namespaces: hr, Domains: []string{"example.org"}}}, "all@example.org", false, false},
	} {
		relay := &crier.Relay{Spec: crier.RelaySpec{Grants: c.grants}}
		got := ForList(relay, List{Namespace: "hr", Labels: map[string]string{"tier": "agency"}, From: "news@example.gov", Address: c.address})
		if got.Sender != c.sender || got.Address != c.allowed || got.Valid() != c.allowed {
			t.Errorf("%s: sender %t, address %t", c.name, got.Sender, got.Address)
		}
	}
}

// What is wrong names the grant that lets the author send, and says when giving
// a domain takes the others away.
func TestProblem(t *testing.T) {
	list := &crier.MailingList{ObjectMeta: metav1.ObjectMeta{Namespace: "hr", Name: "all"}, Spec: crier.MailingListSpec{
		Address: "all@example.org", From: crier.Mailbox{Address: "news@example.gov"},
		RelayRef: crier.NamespacedReference{Namespace: "mail", Name: "main"},
	}}
	relay := &crier.Relay{Spec: crier.RelaySpec{Grants: []crier.RelayGrant{
		{Namespaces: []string{"tax"}, Domains: []string{"example.gov"}},
		{Namespaces: []string{"hr"}, Domains: []string{"example.gov"}},
	}}}
	const want = "Relay mail/main lets namespace hr send, but have no list in the domain example.org. " +
		"Ask whoever runs it to add that to listDomains of spec.grants[1], together with those that it covers by default, or create"
	if got := ForList(relay, ListOf(list, nil)).Problem(list); !strings.HasPrefix(got, want) || strings.Contains(got, "@") {
		t.Error(got)
	}
	relay.Spec.Grants[1].ListDomains = []string{"example.gov"}
	if got := ForList(relay, ListOf(list, nil)).Problem(list); strings.Contains(got, "by default") {
		t.Error(got)
	}
}
