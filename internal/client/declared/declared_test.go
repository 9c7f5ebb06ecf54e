package declared

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/client/manifest"
	"crier.dev/crier/internal/recipients/audience"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/recipients/source"
	"crier.dev/crier/internal/writing/content"
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
{apiVersion: v1, kind: Secret, metadata: {name: secret, labels: {crier.dev/use: roster}}, stringData: {a.csv: "email,rank\nzed@example.gov,1\n"}}
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
		{"union", "agency grade team", true, true, 3, 0},
		{"circle", "agency grade hired", false, false, 0, 0},
		{"broken", "", false, false, 0, 0},
		{"no such set", "", false, false, 0, 0},
	} {
		r := w.Roster(Key{"hr", c.name})
		if strings.Join(r.Attributes, " ") != c.attributes || r.Complete != c.complete || r.People != c.people || r.Subscribers != c.subscribers || len(r.Rejected) != c.refused {
			t.Errorf("%s: %+v", c.name, r)
		}
	}
}

// A kind of source that isn't known is not one without subscribers.
func TestAKindOfSourceThatIsNotKnown(t *testing.T) {
	w := load(t, sets)
	set, _ := w.Sets.Get(Key{"hr", "inline"})
	set.Value.Spec.Source = crier.SubscriberSource{} // what is left of a later release's
	r := w.Roster(Key{"hr", "inline"})
	if r.People || r.Complete || r.Problem != nil || !strings.Contains(r.Unknown, "a kind that this release of crier doesn't know") {
		t.Errorf("%+v", r)
	}
	if r := w.Roster(Key{"hr", "union"}); r.People || r.Complete || r.Unknown == "" {
		t.Errorf("a union with it: %+v", r)
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
	facts, _ := w.Facts(find(t, w, "both"))
	s := w.Select(facts)
	first, ok, err := s.First()
	if err != nil || !ok || first.Email != "ann@example.gov" || first.List != 1 {
		t.Errorf("%+v, %v", first, err)
	}
	for _, c := range []struct {
		address string
		given   map[string]string
		want    audience.Answer
	}{
		{"ANN@example.gov", nil, audience.Answer{Listed: true, Fate: audience.Reached, Subscriber: roster.Subscriber{List: 1}}},
		{"ann@example.gov", map[string]string{"grade": "1"}, audience.Answer{Listed: true, Fate: audience.Reached}},
		{"bob@example.gov", nil, audience.Answer{Listed: true, Fate: audience.Reached}},
		{"cy@example.gov", map[string]string{"grade": "1"}, audience.Answer{Listed: true, Fate: audience.Excluded}},
		{"zed@example.gov", nil, audience.Answer{}},
	} {
		got, err := s.Ask(c.address, c.given)
		if err != nil || got.Listed != c.want.Listed || got.Fate != c.want.Fate || got.Subscriber.List != c.want.Subscriber.List {
			t.Errorf("%s: %+v, %v, want %+v", c.address, got, err, c.want)
		}
	}
	// The selector of staff may find more sets elsewhere.
	if got, err := s.AskOfStranger("new@example.gov"); err != nil || !got.Listed || got.Subscriber.List != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := s.AskOfStranger("zed@example.gov"); err != nil || got.Fate != audience.Excluded {
		t.Errorf("%+v, %v", got, err)
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
	w := load(t, `
apiVersion: crier.dev/v1alpha1
kind: SubscriberSet
metadata: {name: typed}
spec:
  attributes: {grade: {type: Integer}}
  source: {inline: [{email: ann@example.gov, attributes: {grade: "12"}}, {email: bob@example.gov, attributes: {grade: 12a}}]}
`)
	if r := w.Roster(Key{"hr", "typed"}); r.Subscribers != 1 || len(r.Rejected) != 1 || r.Rejected[0].Line != 2 {
		t.Errorf("%+v", r)
	}
}

// A file of more people than a set may have is not one that can't be read.
func TestTooManySubscribers(t *testing.T) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = io.WriteString(w, "email\n")
	for i := range 2_000_001 {
		_, _ = fmt.Fprintf(w, "%d@a.b\n", i)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	world := load(t, `apiVersion: crier.dev/v1alpha1
kind: SubscriberSet
metadata: {name: all, namespace: hr}
spec: {source: {csv: {from: [{configMap: {name: all}}]}}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: all, namespace: hr}
binaryData: {all.csv: `+base64.StdEncoding.EncodeToString(packed.Bytes())+`}
`)
	r := world.Roster(Key{"hr", "all"})
	if r.Problem == nil || r.Problem.Kind != source.TooLarge || !strings.Contains(r.Problem.Message, "2,000,000") {
		t.Errorf("%+v", r.Problem)
	}
}
