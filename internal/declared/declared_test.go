package declared

import (
	"slices"
	"strings"
	"testing"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/content"
	"crier.dev/crier/internal/manifest"
	"crier.dev/crier/internal/roster"
)

func load(t *testing.T, text string) *World {
	t.Helper()
	objects, problems, _ := manifest.Parse("f", []byte(text))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	w, refusals, err := Load(t.Context(), objects, "hr")
	if err != nil || len(refusals) > 0 {
		t.Fatal(err, refusals)
	}
	return w
}

const sets = `
{apiVersion: v1, kind: ConfigMap, metadata: {name: people}, data: {a.csv: "email,name,agency\nann@example.gov,Ann,Parks\nbob,Bob,Labor\n"}, binaryData: {b.csv: ZW1haWw7Z3JhZGUKYm9iQGV4YW1wbGUuZ292OzkK}}
---
{apiVersion: v1, kind: Secret, metadata: {name: secret}, stringData: {a.csv: "email,rank\nzed@example.gov,1\n"}}
---
{apiVersion: crier.dev/v1alpha1, kind: SubscriberSet, metadata: {name: csv, labels: {a: b}}, spec: {source: {csv: {from: [{configMap: {name: people}}]}}, attributes: {hired: {type: Date}}}}
---
{apiVersion: crier.dev/v1alpha1, kind: SubscriberSet, metadata: {name: secret}, spec: {source: {csv: {from: [{secret: {name: secret}}]}}}}
---
{apiVersion: crier.dev/v1alpha1, kind: SubscriberSet, metadata: {name: elsewhere}, spec: {source: {csv: {from: [{configMap: {name: elsewhere}}]}}}}
---
{apiVersion: crier.dev/v1alpha1, kind: SubscriberSet, metadata: {name: mapped}, spec: {source: {csv: {from: [{configMap: {name: elsewhere}}], columns: {attributes: {agency: Amt}}}}}}
---
{apiVersion: crier.dev/v1alpha1, kind: SubscriberSet, metadata: {name: key}, spec: {source: {csv: {from: [{configMap: {name: people, keys: [c.csv]}}]}}}}
---
{apiVersion: crier.dev/v1alpha1, kind: SubscriberSet, metadata: {name: inline}, spec: {source: {inline: [{email: cy@example.gov, attributes: {team: red}}]}}}
---
{apiVersion: crier.dev/v1alpha1, kind: SubscriberSet, metadata: {name: empty}, spec: {source: {inline: []}}}
---
{apiVersion: crier.dev/v1alpha1, kind: SubscriberSet, metadata: {name: ldap}, spec: {source: {ldap: {url: "ldaps://ldap.example.gov", baseDN: "dc=a", attributes: {email: mail, agency: ou}}}}}
---
{apiVersion: crier.dev/v1alpha1, kind: SubscriberSet, metadata: {name: sql}, spec: {source: {sql: {host: a, database: b, secretRef: {name: c}, query: select 1}}}}
---
{apiVersion: crier.dev/v1alpha1, kind: SubscriberSet, metadata: {name: union}, spec: {source: {union: {subscriberSets: [{name: inline}, {name: csv}]}}}}
---
{apiVersion: crier.dev/v1alpha1, kind: SubscriberSet, metadata: {name: circle}, spec: {source: {union: {subscriberSets: [{name: circle}, {name: csv}]}}}}
---
{apiVersion: crier.dev/v1alpha1, kind: SubscriberSet, metadata: {name: broken}, spec: {source: {csv: {from: [{configMap: {name: gzip}}]}}}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: gzip}, binaryData: {a.csv: H4sIAAAAAAAAAP8=}}
`

func TestRosters(t *testing.T) {
	w := load(t, sets)
	for _, c := range []struct {
		name, attributes     string
		complete, people     bool
		subscribers, refused int
	}{
		{"csv", "agency grade hired", true, true, 2, 1},
		{"secret", "rank", true, true, 1, 0},
		{"elsewhere", "", false, false, 0, 0},
		{"mapped", "agency", true, false, 0, 0},
		{"key", "", false, false, 0, 0},
		{"inline", "team", true, true, 1, 0},
		{"empty", "", false, true, 0, 0},
		{"ldap", "agency", true, false, 0, 0},
		{"sql", "", false, false, 0, 0},
		{"union", "agency grade hired team", true, true, 3, 0},
		{"circle", "agency grade hired", false, false, 0, 0},
		{"broken", "", false, false, 0, 1},
		{"no such set", "", false, false, 0, 0},
	} {
		r := w.Roster(Key{"hr", c.name})
		subscribers := r.Subscribers
		if c.name == "circle" {
			subscribers = 0 // as often as it goes round
		}
		if strings.Join(r.Attributes, " ") != c.attributes || r.Complete != c.complete || r.People != c.people || subscribers != c.subscribers || len(r.Rejected) != c.refused {
			t.Errorf("%s: %+v", c.name, r)
		}
	}
}

const broadcast = sets + `
---
apiVersion: crier.dev/v1alpha1
kind: MailingList
metadata: {name: staff}
spec:
  address: staff@lists.example.gov
  owners: [owner@example.gov]
  from: {address: hr@example.gov}
  purpose: Mandatory
  audience: {selector: {matchLabels: {a: b}}}
  relayRef: {name: main}
---
apiVersion: crier.dev/v1alpha1
kind: MailingList
metadata: {name: team}
spec:
  address: team@lists.example.gov
  owners: [owner@example.gov]
  from: {address: hr@example.gov}
  purpose: Mandatory
  audience: {subscriberSets: [{name: inline}, {name: csv}], exclude: {subscriberSets: [{name: inline}]}, filter: "has(subscriber.attributes.grade)"}
  relayRef: {name: main, namespace: mail}
---
{apiVersion: crier.dev/v1alpha1, kind: Relay, metadata: {name: main, namespace: mail}, spec: {host: a, bounceDomain: bounces.example.gov}}
---
apiVersion: crier.dev/v1alpha1
kind: Broadcast
metadata: {name: both}
spec:
  listRefs: [{name: team}, {name: staff}]
  subject: Hello
  audience: {exclude: {subscriberSets: [{name: secret}]}}
  content:
    text: Hello
    attachments:
    - {name: a, configMap: {name: people, key: a.csv}}
    - {name: b, configMap: {name: people, key: none}}
    - {name: c, secret: {name: none, key: none}}
  notAfter: "2026-03-10T00:00:00Z"
---
{apiVersion: crier.dev/v1alpha1, kind: Broadcast, metadata: {name: lost}, spec: {listRef: {name: none}, subject: a, content: {templateRef: {name: none}}, notAfter: "2026-03-10T00:00:00Z"}}
`

func find(t *testing.T, w *World, name string) *crier.Broadcast {
	t.Helper()
	b, ok := w.Broadcasts.Get(Key{"hr", name})
	if !ok {
		t.Fatal(name)
	}
	return b.Value
}

func TestFacts(t *testing.T) {
	w := load(t, broadcast)
	facts, gaps := w.Facts(find(t, w, "both"))
	if len(facts.Lists) != 2 || facts.Lists[0].Name != "team" || facts.Relay.Spec.BounceDomain != "bounces.example.gov" || len(facts.Files) != 1 || facts.Attributes != nil {
		t.Errorf("%+v", facts)
	}
	if len(gaps) != 2 || gaps[0].String() != "key none of ConfigMap people isn't known here: the attachment b is left out" ||
		gaps[1].Field != "spec.content.attachments[2].secret.name" || TemplateMissing(gaps) {
		t.Errorf("%v", gaps)
	}
	if facts, gaps = w.Facts(find(t, w, "lost")); len(gaps) != 2 || !TemplateMissing(gaps) || facts.Lists[0].Spec.Address != "list@lists.example.org" || facts.Relay.Spec.BounceDomain != "bounces.example.org" {
		t.Errorf("%v", gaps)
	}
	one := find(t, w, "both").DeepCopy()
	one.Spec.ListRefs = one.Spec.ListRefs[:1]
	if facts, _ = w.Facts(one); !slices.Equal(facts.Attributes, []string{"agency", "grade", "hired", "team"}) {
		t.Error(facts.Attributes)
	}
}

func TestPeople(t *testing.T) {
	w := load(t, broadcast)
	b := find(t, w, "both")
	facts, _ := w.Facts(b)
	first, ok := w.First(b, facts.Lists)
	if !ok || first.Email != "bob@example.gov" || first.List != 0 {
		t.Errorf("%+v", first)
	}
	ann, ok := w.Find("ANN@example.gov", facts.Lists)
	if !ok || ann.Name != "Ann" || ann.List != 0 {
		t.Errorf("%+v", ann)
	}
	if _, ok := w.Find("zed@example.gov", facts.Lists); ok {
		t.Error("zed is on no list")
	}
	for _, c := range []struct {
		list int
		s    roster.Subscriber
		want string
	}{
		{0, ann.Subscriber, "a filter selects others"},
		{0, first.Subscriber, ""},
		{0, roster.Subscriber{Email: "cy@example.gov", Attributes: map[string]string{"grade": "1"}}, "the address stands in a set that is excluded"},
		{1, roster.Subscriber{Email: "ZED@example.gov"}, "the address stands in a set that is excluded"},
		{1, ann.Subscriber, ""},
	} {
		if got := w.WhyNot(b, facts.Lists[c.list], c.s); got != c.want {
			t.Errorf("%s: %q, want %q", c.s.Email, got, c.want)
		}
	}
}

func TestUsed(t *testing.T) {
	got := Used(content.Source{Subject: "{{.Attributes.b}} Attributes.c", HTML: `{{if .Attributes.a_1}}{{index .Attributes "d-e"}}{{end}}`})
	if !slices.Equal(got, []string{"a_1", "b", "d-e"}) {
		t.Error(got)
	}
}

func TestLoadSaysWhatIsRefused(t *testing.T) {
	objects, _, _ := manifest.Parse("f", []byte(`
{apiVersion: crier.dev/v1alpha1, kind: Broadcast, metadata: {name: a}, spec: {listRef: {name: a}, subject: a, content: {}, notAfter: "2026-03-10T00:00:00Z"}}
---
{apiVersion: crier.dev/v1alpha1, kind: Broadcast, metadata: {name: b}, spec: {}}
---
{apiVersion: crier.dev/v2, kind: Broadcast, metadata: {name: c}, spec: {}}
---
{apiVersion: crier.dev/v2, kind: Poem, metadata: {name: d}}
`))
	w, refusals, err := Load(t.Context(), objects, "")
	if err != nil || len(refusals) != 3 || refusals[0].Object.Name != "a" || len(w.Broadcasts.Keys()) != 1 {
		t.Error(err, refusals)
	}
}

// Rows are read with the types that the set declares, as the controller does.
func TestDeclaredTypes(t *testing.T) {
	r := inline(crier.SubscriberSetSpec{
		Attributes: map[string]crier.AttributeDeclaration{"grade": {Type: crier.AttributeInteger}},
		Source: crier.SubscriberSource{Inline: []crier.Subscriber{
			{Email: "ann@example.gov", Attributes: map[string]string{"grade": "12"}},
			{Email: "bob@example.gov", Attributes: map[string]string{"grade": "12a"}},
		}},
	})
	if r.Subscribers != 1 || len(r.Rejected) != 1 || r.Rejected[0].Line != 2 {
		t.Errorf("%d subscribers, rejected %+v", r.Subscribers, r.Rejected)
	}
}
