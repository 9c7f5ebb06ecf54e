package draft

import (
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
)

func TestDiffer(t *testing.T) {
	list := func(name, namespace, relay string, purpose crier.Purpose) *crier.MailingList {
		return &crier.MailingList{
			ObjectMeta: metav1.ObjectMeta{Namespace: "hr", Name: name},
			Spec:       crier.MailingListSpec{Purpose: purpose, RelayRef: crier.NamespacedReference{Namespace: namespace, Name: relay}},
		}
	}
	const end = ": one message can't go to both. Create a Broadcast for each."
	a := list("a", "", "main", crier.PurposeMandatory)
	for name, c := range map[string]struct {
		lists []*crier.MailingList
		want  string
	}{
		"none":                 {nil, ""},
		"one":                  {[]*crier.MailingList{a}, ""},
		"the same":             {[]*crier.MailingList{a, list("b", "", "main", crier.PurposeMandatory)}, ""},
		"the namespace is own": {[]*crier.MailingList{a, list("b", "hr", "main", crier.PurposeMandatory)}, ""},
		"another namespace":    {[]*crier.MailingList{a, list("b", "mail", "main", crier.PurposeMandatory)}, "MailingLists a and b leave through different Relays" + end},
		"another Relay":        {[]*crier.MailingList{a, a, list("c", "", "bulk", crier.PurposeMandatory)}, "MailingLists a and c leave through different Relays" + end},
		"another purpose":      {[]*crier.MailingList{a, list("b", "", "main", crier.PurposeSubscribed)}, "MailingLists a and b have different purposes (Mandatory and Subscribed)" + end},
		"each with the first": {
			[]*crier.MailingList{a, list("b", "", "bulk", crier.PurposeMandatory), list("c", "", "bulk", crier.PurposeMandatory)},
			"MailingLists a and b leave through different Relays" + end + "; MailingLists a and c leave through different Relays" + end,
		},
	} {
		var got []string
		for _, d := range Differ(c.lists) {
			got = append(got, d.String())
		}
		if all := strings.Join(got, "; "); all != c.want {
			t.Errorf("%s: %q, want %q", name, all, c.want)
		}
	}
}
