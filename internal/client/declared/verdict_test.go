package declared

import (
	"strings"
	"testing"

	crier "crier.dev/crier/api/v1alpha1"
)

// planned is a Broadcast that nothing speaks against, to two people.
const planned = `
{apiVersion: crier.dev/v1alpha1, kind: Relay, metadata: {name: main, namespace: hr}, spec: {host: a, bounceDomain: b.example.gov, grants: [{namespaces: [hr], domains: [example.gov], maxRecipients: 100}]}}
---
{apiVersion: crier.dev/v1alpha1, kind: SubscriberSet, metadata: {name: ours, labels: {of: hr}}, spec: {source: {inline: [{email: ann@example.gov, attributes: {team: red}}, {email: bob@example.gov, attributes: {team: blue}}]}}}
---
{apiVersion: crier.dev/v1alpha1, kind: SubscriberSet, metadata: {name: boss}, spec: {source: {inline: [{email: bob@example.gov, attributes: {team: red}}]}}}
---
apiVersion: crier.dev/v1alpha1
kind: MailingList
metadata: {name: staff}
spec:
  address: staff@lists.example.gov
  owners: [owner@example.gov]
  from: {address: hr@example.gov}
  purpose: Mandatory
  audience: {subscriberSets: [{name: ours}]} # of the list
  relayRef: {name: main}
---
apiVersion: crier.dev/v1alpha1
kind: Broadcast
metadata: {name: news}
spec:
  listRef: {name: staff}
  subject: Hello
  content: {text: Hello}
  notAfter: "2026-03-10T00:00:00Z"
`

// change writes a Broadcast's plan in another way.
func change(t *testing.T, pairs ...string) string {
	t.Helper()
	text := planned
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			t.Fatalf("nothing to change: %s", pairs[i])
		}
		text = strings.Replace(text, pairs[i], pairs[i+1], 1)
	}
	return text
}

// What keeps a Broadcast from being sent has the reason and the words that its
// condition would have; what can't be known here is a doubt and no verdict.
func TestVerdict(t *testing.T) {
	const (
		list      = "subscriberSets: [{name: ours}]} # of the list"
		broadcast = "  subject: Hello\n"
	)
	of := func(audience string) []string { return []string{list, audience + "}"} }
	own := func(spec string) []string { return []string{broadcast, broadcast + "  " + spec + "\n"} }
	for name, c := range map[string]struct {
		changes        []string
		reason, words  string
		doubt, partial bool
	}{
		"nothing":           {},
		"another namespace": {[]string{"namespaces: [hr]", "namespaces: [it]"}, crier.ReasonSenderNotAllowed, "lets namespace hr send as hr@example.gov", false, false},
		"another domain":    {[]string{"domains: [example.gov]", "domains: [example.org]"}, crier.ReasonSenderNotAllowed, "", false, false},
		"list elsewhere":    {[]string{"domains: [example.gov]", "domains: [example.gov], listDomains: [example.org]"}, crier.ReasonListAddressNotAllowed, "have no list in the domain", false, false},
		"labels of a namespace decide": {
			[]string{"namespaces: [hr], domains", "namespaceSelector: {matchLabels: {a: b}}, domains"}, "", "", false, false},
		"more than the grant allows":    {[]string{"maxRecipients: 100", "maxRecipients: 1"}, crier.ReasonAudienceSize, "the Relay grants", false, false},
		"as many as it allows":          {[]string{"maxRecipients: 100", "maxRecipients: 2"}, "", "", false, false},
		"fewer than the list asks for":  {of("subscriberSets: [{name: ours}], minRecipients: 3"), crier.ReasonAudienceSize, "MailingList staff reaches 2 people by itself, fewer", false, false},
		"more than the list asks for":   {of("subscriberSets: [{name: ours}], maxRecipients: 1"), crier.ReasonAudienceSize, "MailingList staff reaches 2 people by itself, more", false, false},
		"fewer than the message's own":  {own("audience: {minRecipients: 3}"), crier.ReasonAudienceSize, "has 2 recipients, fewer", false, false},
		"nobody":                        {of("subscriberSets: [{name: boss}], exclude: {subscriberSets: [{name: boss}]}"), crier.ReasonAudienceEmpty, "", false, false},
		"an exclusion counts":           {of("subscriberSets: [{name: ours}], exclude: {subscriberSets: [{name: boss}]}, minRecipients: 2"), crier.ReasonAudienceSize, "MailingList staff reaches 1 person", false, false},
		"the message's exclusion too":   {own("audience: {exclude: {subscriberSets: [{name: boss}]}, minRecipients: 2}"), crier.ReasonAudienceSize, "has 1 recipient, fewer", false, false},
		"a filter that doesn't compile": {own(`filter: "subscriber.attributes.team =="`), crier.ReasonInvalidFilter, "spec.filter, ", false, false},
		"a filter of no attribute":      {own(`filter: "subscriber.attributes.tame == 'red'"`), crier.ReasonInvalidFilter, "tame", false, false},
		"the filter of the list":        {of(`subscriberSets: [{name: ours}], filter: "subscriber.attributes.tame == 'red'"`), crier.ReasonInvalidFilter, "audience.filter of MailingList staff, ", false, false},
		"a filter counts":               {own(`filter: "subscriber.attributes.team == 'red'"` + "\n  audience: {minRecipients: 2}"), crier.ReasonAudienceSize, "has 1 recipient, fewer", false, false},
		"a set that isn't here":         {of("subscriberSets: [{name: ours}, {name: theirs}], maxRecipients: 1"), "", "", false, true},
		"a selector":                    {of("selector: {matchLabels: {of: hr}}, maxRecipients: 1"), "", "", false, true},
		"a filter that only sets elsewhere may fit": {
			append(of("subscriberSets: [{name: ours}, {name: theirs}]"), own(`filter: "subscriber.attributes.tame == 'red'"`)...), "", "", true, true},
		"who is excluded isn't here": {of("subscriberSets: [{name: ours}], exclude: {subscriberSets: [{name: theirs}]}"), "", "", true, true},
		"a list that isn't here":     {[]string{"listRef: {name: staff}", "listRef: {name: none}"}, "", "", false, true},
		"a Relay that isn't here":    {[]string{"relayRef: {name: main}", "relayRef: {name: other}"}, "", "", false, false},
	} {
		w := load(t, change(t, c.changes...))
		facts, _ := w.Facts(find(t, w, "news"))
		s := w.Select(facts)
		got := Verdict{}
		if v := s.Verdict(); v != nil {
			got = *v
		}
		if got.Reason != c.reason || !strings.Contains(got.Message, c.words) || (len(s.Doubts) > 0) != c.doubt || s.Whole() == c.partial {
			t.Errorf("%s: %+v, doubts %q, whole %v", name, got, s.Doubts, s.Whole())
		}
	}
}

// Suppressions that are about the message hold it if they can't be read, and
// count if they can.
func TestVerdictOfSuppressions(t *testing.T) {
	suppression := func(name, spec string) string {
		return "\n---\n{apiVersion: crier.dev/v1alpha1, kind: Suppression, metadata: {name: " + name + "}, spec: {reason: Manual, " + spec + "}}"
	}
	const bob = "entries: [{address: BOB@example.gov}]"
	two := change(t, "  subject: Hello\n", "  subject: Hello\n  audience: {minRecipients: 2}\n")
	for name, c := range map[string]struct {
		text, reason string
		doubts       int
		remarks      int
	}{
		"of the namespace": {two + suppression("gone", "scope: {kind: Namespace}, "+bob), crier.ReasonAudienceSize, 0, 0},
		"of the list":      {two + suppression("gone", "scope: {kind: List, name: staff}, "+bob), crier.ReasonAudienceSize, 0, 0},
		"of another list":  {two + suppression("gone", "scope: {kind: List, name: guests}, "+bob), "", 0, 0},
		"global, but not the operator's": {
			two + suppression("gone", "scope: {kind: Global}, "+bob), "", 0, 1},
		"not here": {two + suppression("gone", "scope: {kind: Namespace}, csv: {from: [{configMap: {name: none}}]}"), "", 1, 0},
		"without its key": {two + suppression("gone", "scope: {kind: Namespace}, csv: {from: [{configMap: {name: rows, keys: [b.csv]}}]}") +
			"\n---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: rows}, data: {a.csv: \"address\\n\"}}", crier.ReasonSuppressionNotReady, 0, 0},
	} {
		w := load(t, c.text)
		facts, _ := w.Facts(find(t, w, "news"))
		s := w.Select(facts)
		reason := ""
		if v := s.Verdict(); v != nil {
			reason = v.Reason
		}
		if reason != c.reason || len(s.Doubts) != c.doubts || len(s.Remarks) != c.remarks {
			t.Errorf("%s: %s, doubts %q, remarks %q", name, reason, s.Doubts, s.Remarks)
		}
	}
}

// A grant is known only from a Relay that is here, of a namespace that is.
func TestGranted(t *testing.T) {
	for name, c := range map[string]struct {
		changes        []string
		known, allowed bool
	}{
		"granted":               {nil, true, true},
		"no Relay":              {[]string{"relayRef: {name: main}", "relayRef: {name: other}"}, false, false},
		"of another namespace":  {[]string{"relayRef: {name: main}", "relayRef: {name: main, namespace: mail}"}, false, false},
		"refused":               {[]string{"address: hr@example.gov", "address: hr@example.org"}, true, false},
		"labels could let more": {[]string{"grants: [", "grants: [{namespaceSelector: {matchLabels: {a: b}}, domains: [example.org]}, "}, false, true},
	} {
		w := load(t, change(t, c.changes...))
		list, _ := w.Lists.Get(Key{"hr", "staff"})
		if ruling, known := w.Granted(list.Value); known != c.known || ruling.Sender != c.allowed || ruling.Sender && *ruling.Grant.MaxRecipients != 100 {
			t.Errorf("%s: %+v, known %v", name, ruling, known)
		}
	}
	w := load(t, planned)
	list, _ := w.Lists.Get(Key{"hr", "staff"})
	open := list.Value.DeepCopy()
	open.Namespace, open.Spec.RelayRef.Namespace = "", "hr"
	if _, known := w.Granted(open); known {
		t.Error("the grant of a list that leaves its namespace open")
	}
}
