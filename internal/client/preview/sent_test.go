package preview

import (
	"slices"
	"strings"
	"testing"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/client/declared"
	"crier.dev/crier/internal/client/manifest"
	"crier.dev/crier/internal/writing/draft"
)

// world is what some manifests of namespace hr declare.
func world(t *testing.T, text string) *declared.World {
	t.Helper()
	objects, problems, _ := manifest.Parse("f", []byte(text))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	w, refusals, err := declared.Load(t.Context(), objects, "hr")
	if err != nil || len(refusals) > 0 {
		t.Fatal(err, refusals)
	}
	w.Now, w.Operator = now, "crier-system"
	return w
}

func factsOf(t *testing.T, w *declared.World, name string) draft.Facts {
	t.Helper()
	b, ok := w.Broadcasts.Get(declared.Key{Namespace: "hr", Name: name})
	if !ok {
		t.Fatal(name)
	}
	f, _ := w.Facts(b.Value)
	return f
}

// mandatory is a list of some sets.
func mandatory(name, audience string) string {
	return `
---
apiVersion: crier.dev/v1alpha1
kind: MailingList
metadata: {name: ` + name + `}
spec:
  address: ` + name + `@lists.example.gov
  displayName: The ` + name + `
  owners: [owner@example.gov]
  from: {address: hr@example.gov}
  purpose: Mandatory
  audience: ` + audience + `
  relayRef: {name: main, namespace: mail}
`
}

const people = `
{apiVersion: crier.dev/v1alpha1, kind: Relay, metadata: {name: main, namespace: mail}, spec: {host: a, bounceDomain: bounces.example.gov, grants: [{namespaces: [hr], domains: [example.gov]}]}}
---
{apiVersion: crier.dev/v1alpha1, kind: SubscriberSet, metadata: {name: vips}, spec: {source: {inline: [{email: ann@example.gov, name: Minister, attributes: {code: VIP}}]}}}
---
{apiVersion: crier.dev/v1alpha1, kind: SubscriberSet, metadata: {name: all}, spec: {source: {inline: [{email: ann@example.gov, name: Ann, attributes: {code: STD}}, {email: bob@example.gov, name: Bob, attributes: {code: STD}}]}}}
---
{apiVersion: crier.dev/v1alpha1, kind: SubscriberSet, metadata: {name: a}, spec: {source: {inline: [{email: ann@example.gov, name: Ann A, attributes: {grade: "12"}}]}}}
---
{apiVersion: crier.dev/v1alpha1, kind: SubscriberSet, metadata: {name: b}, spec: {source: {inline: [{email: ann@example.gov, name: Ann B, attributes: {grade: twelve}}]}}}
---
{apiVersion: crier.dev/v1alpha1, kind: SubscriberSet, metadata: {name: typed}, spec: {attributes: {grade: {type: Integer}}, source: {union: {subscriberSets: [{name: b}, {name: a}]}}}}
---
{apiVersion: crier.dev/v1alpha1, kind: SubscriberSet, metadata: {name: ldap}, spec: {source: {ldap: {url: "ldaps://ldap.example.gov", baseDN: "dc=a", attributes: {email: mail, code: ou}}}}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: broken}, binaryData: {a.csv: H4sIAAAAAAAAAP8=}}
---
{apiVersion: crier.dev/v1alpha1, kind: SubscriberSet, metadata: {name: broken}, spec: {source: {csv: {from: [{configMap: {name: broken}}]}}}}
---
{apiVersion: crier.dev/v1alpha1, kind: SubscriberSet, metadata: {name: secret}, spec: {source: {csv: {from: [{secret: {name: people}}]}}}}
---
{apiVersion: crier.dev/v1alpha1, kind: SubscriberSet, metadata: {name: circle}, spec: {source: {union: {subscriberSets: [{name: circle}]}}}}
`

func to(lists ...string) string {
	var refs []string
	for _, l := range lists {
		refs = append(refs, "{name: "+l+"}")
	}
	return `
---
apiVersion: crier.dev/v1alpha1
kind: Broadcast
metadata: {name: news}
spec:
  listRefs: [` + strings.Join(refs, ", ") + `]
  subject: Hello
  content: {text: "You are on {{ .List.Name }}"}
  notAfter: "2026-03-10T00:00:00Z"
`
}

func suppressed(name, spec string) string {
	return `
---
{apiVersion: crier.dev/v1alpha1, kind: Suppression, metadata: {name: ` + name + `}, spec: {reason: Manual, ` + spec + `}}
`
}

// The subscriber of a preview is the one that the plan has: out of the first
// set by name, of the list that reaches them, with the types of a union.
func TestRecipientIsThePlans(t *testing.T) {
	for name, c := range map[string]struct {
		text, as, want string
		list           int
	}{
		"order of sets":  {mandatory("one", `{subscriberSets: [{name: vips}, {name: all}]}`) + to("one"), "ann", "Ann", 0},
		"nobody named":   {mandatory("one", `{subscriberSets: [{name: vips}, {name: all}]}`) + to("one"), "", "Ann", 0},
		"types of union": {mandatory("one", `{subscriberSets: [{name: typed}]}`) + to("one"), "ann", "Ann A", 0},
		"second list": {mandatory("one", `{subscriberSets: [{name: all}], filter: subscriber.attributes.code == "VIP"}`) +
			mandatory("two", `{subscriberSets: [{name: all}]}`) + to("one", "two"), "bob", "Bob", 1},
		"excluded from the first list": {mandatory("one", `{subscriberSets: [{name: all}], exclude: {subscriberSets: [{name: vips}]}}`) +
			mandatory("two", `{subscriberSets: [{name: vips}]}`) + to("one", "two"), "ann", "Minister", 1},
		"suppressed for the first list": {mandatory("one", `{subscriberSets: [{name: all}]}`) + mandatory("two", `{subscriberSets: [{name: all}]}`) +
			to("one", "two") + suppressed("s", `scope: {kind: List, name: one}, entries: [{address: BOB@example.gov}]`), "bob", "Bob", 1},
	} {
		w := world(t, people+c.text)
		f := factsOf(t, w, "news")
		p := Person{}
		if c.as != "" {
			p.As = c.as + "@Example.gov"
		}
		s, notes := Recipient(w, f, p)
		if s.Name != c.want || s.List != c.list || len(notes) > 0 {
			t.Errorf("%s: %+v, notes %q", name, s, notes)
		}
		if problem := Check(w, f, p); problem != nil {
			t.Errorf("%s: %v", name, problem)
		}
	}
}

// What keeps the message from being sent is said, to all or to one.
func TestCheck(t *testing.T) {
	one := mandatory("one", `{subscriberSets: [{name: all}]}`)
	for name, c := range map[string]struct {
		text, as, reason, words string
	}{
		"suppressed":      {one + to("one") + suppressed("s", `scope: {kind: Namespace}, entries: [{address: bob@example.gov}]`), "bob", "", "suppressed (Manual)"},
		"over":            {one + to("one") + suppressed("s", `scope: {kind: Namespace}, entries: [{address: bob@example.gov, expires: "2026-03-01T11:59:59Z"}]`), "bob", "", ""},
		"no tie":          {one + to("one") + suppressed("s", `scope: {kind: Namespace}, entries: [{address: bob@example.gov, reason: Unsubscribed}]`), "bob", "", ""},
		"another list":    {one + to("one") + suppressed("s", `scope: {kind: List, name: two}, entries: [{address: bob@example.gov}]`), "bob", "", ""},
		"another relay":   {one + to("one") + suppressed("s", `scope: {kind: Relay, name: main}, entries: [{address: bob@example.gov}]`), "bob", "", ""},
		"global of them":  {one + to("one") + suppressed("s", `scope: {kind: Global}, entries: [{address: bob@example.gov}]`), "bob", "", ""},
		"stranger":        {mandatory("one", `{subscriberSets: [{name: ldap}]}`) + to("one") + suppressed("s", `scope: {kind: Namespace}, entries: [{address: zoe@example.gov}]`), "zoe", "", "suppressed (Manual)"},
		"part of it":      {one + to("one") + suppressed("s", `scope: {kind: Namespace}, entries: [{address: bob@example.gov}], csv: {from: [{secret: {name: left}}]}`), "bob", "", "suppressed (Manual)"},
		"excluded":        {mandatory("one", `{subscriberSets: [{name: all}], exclude: {subscriberSets: [{name: vips}]}}`) + to("one"), "ann", "", "a set that is excluded"},
		"not selected":    {mandatory("one", `{subscriberSets: [{name: all}], filter: subscriber.name == "Ann"}`) + to("one"), "bob", "", "a filter selects others"},
		"broken set":      {mandatory("one", `{subscriberSets: [{name: all}, {name: broken}]}`) + to("one"), "ann", crier.ReasonSubscribersNotReady, "SubscriberSet broken is not ready"},
		"broken excluded": {mandatory("one", `{subscriberSets: [{name: all}], exclude: {subscriberSets: [{name: broken}]}}`) + to("one"), "ann", crier.ReasonSubscribersNotReady, "SubscriberSet broken"},
		"circle":          {mandatory("one", `{subscriberSets: [{name: circle}]}`) + to("one"), "ann", crier.ReasonSubscribersNotReady, "made of itself"},
		"bad filter":      {mandatory("one", `{subscriberSets: [{name: all}], filter: subscriber.attributes.kode == "VIP"}`) + to("one"), "ann", crier.ReasonInvalidFilter, "kode"},
		"not read":        {one + to("one") + suppressed("s", `scope: {kind: Namespace}, csv: {from: [{configMap: {name: broken}}]}`), "ann", crier.ReasonSuppressionNotReady, "Suppression s"},
		"relays": {one + strings.Replace(mandatory("two", `{subscriberSets: [{name: all}]}`), "namespace: mail", "namespace: tax", 1) + to("one", "two"), "ann",
			crier.ReasonListsDiffer, "leave through different Relays"},
		"nobody":         {mandatory("one", `{subscriberSets: [{name: all}], filter: subscriber.name == "Zoe"}`) + to("one"), "ann", crier.ReasonAudienceEmpty, "of 2 subscribers, 2 don't match the filter. Sending"},
		"nothing to say": {one + strings.Replace(to("one"), "You are on {{ .List.Name }}", `{{ if eq .Attributes.code \"XYZ\" }}Hello{{ end }}`, 1), "ann", crier.ReasonInvalidMessage, "2 of 2 get none"},
		"bounds":         {mandatory("one", `{subscriberSets: [{name: all}], minRecipients: 3}`) + to("one"), "ann", crier.ReasonAudienceSize, "MailingList one reaches 2 people by itself"},
		"unknown number": {mandatory("one", `{subscriberSets: [{name: all}, {name: ldap}], minRecipients: 3}`) + to("one"), "ann", "", ""},
		"grant":          {strings.Replace(one, "from: {address: hr@example.gov}", "from: {address: hr@example.org}", 1) + to("one"), "ann", crier.ReasonSenderNotAllowed, "as hr@example.org"},
	} {
		w := world(t, people+c.text)
		problem := Check(w, factsOf(t, w, "news"), Person{As: c.as + "@example.gov"})
		switch {
		case problem == nil && c.reason+c.words != "":
			t.Errorf("%s: nothing is wrong", name)
		case problem != nil && (problem.Reason != c.reason || c.words == "" || !strings.Contains(problem.Error(), c.words)):
			t.Errorf("%s: %v", name, problem)
		}
	}
}

// What can't be read is never taken for nobody.
func TestDoubts(t *testing.T) {
	one := mandatory("one", `{subscriberSets: [{name: all}]}`)
	for name, c := range map[string]struct{ text, as, want string }{
		"exclusion":        {mandatory("one", `{subscriberSets: [{name: all}], exclude: {subscriberSets: [{name: secret}]}}`) + to("one"), "ann", "Secret people isn't known here, and who is in it is excluded"},
		"no such set":      {mandatory("one", `{subscriberSets: [{name: all}], exclude: {subscriberSets: [{name: none}]}}`) + to("one"), "ann", "SubscriberSet none isn't known here"},
		"exclusion ldap":   {mandatory("one", `{subscriberSets: [{name: all}], exclude: {subscriberSets: [{name: ldap}]}}`) + to("one"), "ann", "the source of SubscriberSet ldap can't be read here"},
		"selects nothing":  {mandatory("one", `{subscriberSets: [{name: all}], exclude: {selector: {matchLabels: {a: b}}}}`) + to("one"), "ann", "selects no SubscriberSet"},
		"another set":      {mandatory("one", `{subscriberSets: [{name: all}, {name: ldap}]}`) + to("one"), "ann", "may have another name and other attributes"},
		"suppression":      {one + to("one") + suppressed("s", `scope: {kind: Namespace}, csv: {from: [{secret: {name: left}}]}`), "ann", "Suppression s: Secret left isn't known here: this person may be suppressed"},
		"global elsewhere": {one + to("one") + suppressed("s", `scope: {kind: Global}, entries: [{address: bob@example.gov}]`), "bob", "taken to be crier-system"},
		"stranger":         {one + to("one"), "zoe", "nothing is known here of zoe@example.gov"},
	} {
		w := world(t, people+c.text)
		f := factsOf(t, w, "news")
		_, notes := Recipient(w, f, Person{As: c.as + "@example.gov"})
		if !slices.ContainsFunc(notes, func(n string) bool { return strings.Contains(n, c.want) }) {
			t.Errorf("%s: %q", name, notes)
		}
		if problem := Check(w, f, Person{As: c.as + "@example.gov"}); problem != nil {
			t.Errorf("%s: %v", name, problem)
		}
	}
}

// A kind of source that isn't known is never taken for nobody either.
func TestDoubtsOfAKindOfSourceThatIsNotKnown(t *testing.T) {
	w := world(t, people+mandatory("one", `{subscriberSets: [{name: all}], exclude: {subscriberSets: [{name: vips}]}}`)+to("one"))
	for _, key := range w.Sets.Keys() {
		if set, _ := w.Sets.Get(key); key.Name == "vips" {
			set.Value.Spec.Source = crier.SubscriberSource{} // what is left of a later release's
		}
	}
	_, notes := Recipient(w, factsOf(t, w, "news"), Person{As: "ann@example.gov"})
	if !slices.ContainsFunc(notes, func(n string) bool { return strings.Contains(n, "doesn't know, and who is in it is excluded") }) {
		t.Errorf("%q", notes)
	}
}

// An image that isn't in the message is refused; one of a Secret may be there.
func TestMissingImage(t *testing.T) {
	f := facts(crier.BroadcastContent{HTML: `<img src="cid:seal" alt="">`})
	if _, err := Make(f, ann, now); err == nil || !strings.HasPrefix(err.Error(), crier.ReasonInvalidMessage) {
		t.Error(err)
	}
	f.Broadcast.Spec.Content.Attachments = []crier.ContentAttachment{{Name: "seal.png", ContentID: "seal", Secret: &crier.ObjectKey{Name: "seal", Key: "a"}}}
	if _, err := Make(f, ann, now); err != nil {
		t.Error(err)
	}
}
