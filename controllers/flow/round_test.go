package flow_test

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/testing/apitest"
)

// universe are the people of all rounds, each in several spellings of one
// address.
var universe = [][]string{
	{"ann@example.net", "ANN@example.net", "Ann@EXAMPLE.Net"},
	{"bob.roe@example.net", "Bob.Roe@example.net"},
	{"cem@bücher.example", "cem@xn--bcher-kva.example", "CEM@BU\u0308CHER.example", "cem@bu\u0308cher.example"},
	{"dot@example.org", "dot@example.ORG"},
	{"eve+news@example.org", "Eve+News@example.org"},
	{"fay@sub.example.net", "fay@SUB.example.net"},
	{"jo\u0308@example.net", "j\u00f6@example.net", "J\u00d6@example.net"},
	{"gil@xn--mnchen-3ya.example", "gil@münchen.example", "gil@MÜNCHEN.example"},
	{"hal@example.net"}, {"ida@example.net", "IDA@example.net"}, {"kim@example.org"}, {"lou@example.org", "lou@Example.org"},
	{"mia@example.net"}, {"noa@example.net"}, {"zoe@example.org", "Zoe@example.org"},
}

// round is what one seed declares in a namespace: many Broadcasts over the same
// sets, lists and suppressions.
type round struct {
	*dice
	w       *world
	objects []client.Object
	sets    []string
	lists   []string
	files   int
}

func newRound(w *world, seed uint64) *round {
	r := &round{dice: newDice(seed), w: w}
	relay := w.Relay()
	relay.Spec.TLS.Mode = crier.TLSNone
	relay.Spec.Grants[0].MaxRecipients = of(r.dice, nil, nil, nil, ptr.To[int64](4))
	r.objects = append(r.objects, relay)
	r.addSets()
	r.addLists()
	for i := range r.IntN(5) {
		r.addSuppression(i)
	}
	return r
}

// spelled is an address of somebody in one of their spellings.
func (r *round) spelled(person int) string { return of(r.dice, universe[person]...) }

// values of attributes, in two forms of Unicode, and such as templates and CSV
// have a meaning for.
var values = map[string][]string{
	"agency": {"Parks", "Roads", "Sant\u00e9", "Sante\u0301", "<Parks>"},
	"vip":    {"yes", "no", "true"},
	"grade":  {"3", "12", "007", "14", "x", "-1"},
	"city":   {"Bern", "São Paulo", "a|b*c", strings.Repeat("z", 90)},
}

// subscriber is somebody as one row has them; attributes may be missing, or
// another row's may say something else.
func (r *round) subscriber(person int) crier.Subscriber {
	s := crier.Subscriber{Email: r.spelled(person), Attributes: map[string]string{}}
	s.Name = of(r.dice, "", "Ann Lee", "Lee, Ann", `Ann "The" Lee`, "Müller, Jörg", "Jo\u0308rg <x>", "O'Neil & Sons", strings.Repeat("Long ", 12)+"Name", fmt.Sprintf("P%d-%d", person, r.IntN(9)))
	for _, name := range attributes {
		if r.chance(0.35) {
			continue
		}
		s.Attributes[name] = of(r.dice, values[name]...)
	}
	return s
}

// people are rows, some of the same person, and some that are no address.
func (r *round) people() (rows []crier.Subscriber) {
	for range of(r.dice, 0, 1, 3, 6, 9, 14) {
		if r.chance(0.03) {
			rows = append(rows, crier.Subscriber{Email: of(r.dice, "nobody", "a@b@c", "a b@example.net", "ann@-example.net")})
			continue
		}
		rows = append(rows, r.subscriber(r.IntN(len(universe))))
	}
	return rows
}

// somebody are rows, at least one.
func (r *round) somebody() (rows []crier.Subscriber) {
	for len(rows) == 0 {
		rows = r.people()
	}
	return rows
}

func named(w *world, name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: w.NS, Name: name}
}

func (r *round) addSets() {
	names := []string{"zeta", "a", "a-b", "a1", "m", "vips", "all", "b"}
	r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	declared := r.chance(0.85) // the same types in all sets, or each by itself
	for _, name := range names[:2+r.IntN(len(names)-2)] {
		set := &crier.SubscriberSet{ObjectMeta: named(r.w, name)}
		set.Labels = map[string]string{"part": of(r.dice, "in", "out", "none")}
		if declared || r.chance(0.2) {
			set.Spec.Attributes = map[string]crier.AttributeDeclaration{"grade": {Type: crier.AttributeInteger}}
			for _, name := range attributes {
				if name != "grade" && (declared || r.chance(0.5)) {
					set.Spec.Attributes[name] = crier.AttributeDeclaration{Type: crier.AttributeString}
				}
			}
		}
		switch kind := r.IntN(4); {
		case kind == 0 && len(r.sets) > 0:
			set.Spec.Source.Union = &crier.UnionSource{}
			for _, of := range some(r.dice, 0.6, r.sets) {
				set.Spec.Source.Union.SubscriberSets = append(set.Spec.Source.Union.SubscriberSets, crier.LocalReference{Name: of})
			}
			if len(set.Spec.Source.Union.SubscriberSets) == 0 {
				set.Spec.Source.Union.SubscriberSets = []crier.LocalReference{{Name: r.sets[0]}}
			}
		case kind == 1:
			set.Spec.Source.Inline = uniqueEmails(r.somebody())
		default:
			set.Spec.Source.CSV = &crier.CSVSource{From: []crier.CSVObject{r.csv(crier.UseRoster)}}
		}
		r.sets = append(r.sets, name)
		r.objects = append(r.objects, set)
	}
}

// uniqueEmails are rows that the API takes: each spelling once.
func uniqueEmails(rows []crier.Subscriber) []crier.Subscriber {
	seen := map[string]bool{}
	out := []crier.Subscriber{}
	for _, row := range rows {
		if !seen[row.Email] {
			seen[row.Email] = true
			out = append(out, row)
		}
	}
	return out
}

// csv is an object with a CSV file or two, plain or packed.
func (r *round) csv(use string) crier.CSVObject {
	r.files++
	name, data := fmt.Sprintf("file%d", r.files), map[string][]byte{}
	for _, key := range []string{"b.csv", "a.csv"}[:1+r.IntN(2)] {
		data[key] = r.table(use)
	}
	if use == crier.UseRoster && r.chance(0.3) || use != crier.UseRoster && r.chance(0.5) {
		s := &corev1.Secret{ObjectMeta: named(r.w, name), Data: data}
		s.Labels = map[string]string{crier.LabelUse: use}
		r.objects = append(r.objects, s)
		return crier.CSVObject{Secret: &crier.CSVKeys{Name: name}}
	}
	r.objects = append(r.objects, &corev1.ConfigMap{ObjectMeta: named(r.w, name), BinaryData: data})
	return crier.CSVObject{ConfigMap: &crier.CSVKeys{Name: name}}
}

func (r *round) table(use string) []byte {
	var text bytes.Buffer
	out := csv.NewWriter(&text)
	out.Comma = of(r.dice, ',', ';')
	if use == crier.UseRoster {
		columns := slices.Clone(attributes)
		r.Shuffle(len(columns), func(i, j int) { columns[i], columns[j] = columns[j], columns[i] })
		columns = columns[:2+r.IntN(3)]
		_ = out.Write(append([]string{of(r.dice, "email", "Email"), "name"}, columns...))
		for _, s := range r.people() {
			row := []string{s.Email, s.Name}
			for _, name := range columns {
				row = append(row, s.Attributes[name])
			}
			_ = out.Write(row)
		}
	} else {
		_ = out.Write([]string{"address", "reason", "expires"})
		for range 1 + r.IntN(4) {
			_ = out.Write([]string{r.spelled(r.IntN(len(universe))), of(r.dice, "", "Legal", "hard bounce", "UNSUBSCRIBED", "bogus"), of(r.dice, "", "", "2026-03-01", "2026-12-31", "soon")})
		}
	}
	out.Flush()
	if !r.chance(0.3) {
		return text.Bytes()
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write(text.Bytes())
	_ = z.Close()
	return packed.Bytes()
}

// filters that most sets know the attributes of.
var filters = []crier.SubscriberFilter{
	"", "", "",
	`subscriber.attributes.agency == "Parks"`, `subscriber.attributes.agency != "Santé"`, `has(subscriber.attributes.vip)`,
	`subscriber.attributes.grade >= 10`, `!(subscriber.attributes.grade < 5) || subscriber.attributes.vip == "yes"`,
	`subscriber.domain == "example.net"`, `subscriber.email.endsWith("@example.org")`, `subscriber.name != ""`,
}

func (r *round) filter() crier.SubscriberFilter {
	if r.chance(0.02) {
		return `subscriber.attributes.citty == "Bern"`
	}
	return of(r.dice, filters...)
}

func (r *round) references(part float64) (refs []crier.LocalReference) {
	for _, name := range some(r.dice, part, r.sets) {
		refs = append(refs, crier.LocalReference{Name: name})
	}
	return refs
}

func (r *round) exclusion() *crier.AudienceExclusion {
	if r.chance(0.6) {
		return nil
	}
	out := &crier.AudienceExclusion{SubscriberSets: r.references(0.2)}
	if len(out.SubscriberSets) == 0 {
		out.Selector = &metav1.LabelSelector{MatchLabels: map[string]string{"part": "out"}}
	}
	return out
}

func (r *round) bounds() (b crier.AudienceBounds) {
	if r.chance(0.1) {
		b.MinRecipients = ptr.To[int64](2)
	}
	if r.chance(0.1) {
		b.MaxRecipients = ptr.To[int64](5)
	}
	return b
}

func (r *round) addLists() {
	purpose := of(r.dice, crier.PurposeSubscribed, crier.PurposeMandatory)
	for i := range 1 + r.IntN(3) {
		name := []string{"staff", "public", "justice"}[i]
		l := r.w.List()
		l.Name, l.Spec.Address = name, crier.MailAddress(name+"@"+r.w.Domain)
		l.Spec.DisplayName = of(r.dice, "", "The "+name, "Größe, "+name)
		l.Spec.Footer = of(r.dice, "", "", "You asked for "+name+".")
		l.Spec.From = crier.Mailbox{Address: name + "@example.gov", Name: of(r.dice, "", "Office of "+name)}
		if r.chance(0.03) {
			l.Spec.From.Address = name + "@example.com" // nobody granted that
		}
		if r.chance(0.3) {
			l.Spec.ReplyTo = []crier.Mailbox{{Address: "answers@example.gov", Name: name}}
		}
		if l.Spec.Purpose = purpose; r.chance(0.07) {
			l.Spec.Purpose = of(r.dice, crier.PurposeSubscribed, crier.PurposeMandatory)
		}
		if l.Spec.Purpose == crier.PurposeSubscribed {
			l.Spec.PostalAddress, l.Spec.Unsubscribe = "1 Main Street", &crier.Unsubscribe{URL: "https://example.gov/leave/" + name}
			if r.chance(0.3) {
				l.Spec.Unsubscribe = &crier.Unsubscribe{Mailto: "leave@example.gov"}
			}
		}
		l.Spec.Audience = crier.Audience{SubscriberSets: r.references(0.5), Exclude: r.exclusion(), Filter: r.filter(), AudienceBounds: r.bounds()}
		if len(l.Spec.Audience.SubscriberSets) == 0 || r.chance(0.2) {
			l.Spec.Audience.Selector = &metav1.LabelSelector{MatchLabels: map[string]string{"part": "in"}}
		}
		r.lists = append(r.lists, name)
		r.objects = append(r.objects, l)
	}
}

func (r *round) addSuppression(i int) {
	s := &crier.Suppression{ObjectMeta: named(r.w, fmt.Sprintf("s%d", i))}
	s.Spec.Reason = of(r.dice, crier.SuppressedManual, crier.SuppressedLegal, crier.SuppressedUnsubscribed, crier.SuppressedComplaint, crier.SuppressedHardBounce)
	s.Spec.Scope = of(r.dice, crier.SuppressionScope{Kind: crier.ScopeNamespace}, crier.SuppressionScope{Kind: crier.ScopeList, Name: of(r.dice, "staff", "public", "justice")},
		crier.SuppressionScope{Kind: crier.ScopeRelay, Name: of(r.dice, "main", "main", "other")}, crier.SuppressionScope{Kind: crier.ScopeGlobal})
	if s.Spec.Scope.Kind == crier.ScopeGlobal && r.chance(0.8) {
		s.Namespace, s.Name = apitest.OperatorNamespace, r.w.NS+"-"+s.Name
	}
	s.Spec.Expires = of(r.dice, nil, nil, r.time(-time.Hour), r.time(time.Hour*24*30))
	seen := map[crier.MailAddress]bool{}
	for range 1 + r.IntN(3) {
		e := crier.SuppressionEntry{Address: crier.MailAddress(r.spelled(r.IntN(len(universe))))}
		e.Expires = of(r.dice, nil, nil, r.time(-time.Minute), r.time(time.Hour*24*30))
		e.Reason = of(r.dice, "", "", crier.SuppressedUnsubscribed, crier.SuppressedLegal)
		if !seen[e.Address] {
			s.Spec.Entries = append(s.Spec.Entries, e)
		}
		seen[e.Address] = true
	}
	if s.Namespace == r.w.NS && r.chance(0.5) {
		s.Spec.CSV = &crier.CSVSource{From: []crier.CSVObject{r.csv(crier.UseSuppression)}}
	}
	r.objects = append(r.objects, s)
}

func (r *round) time(after time.Duration) *metav1.Time { return &metav1.Time{Time: start.Add(after)} }

// broadcast is one of the round.
func (r *round) broadcast(i int) (b *crier.Broadcast, needs []client.Object) {
	b = r.w.Broadcast()
	b.Name = fmt.Sprintf("news%d", i)
	b.Spec.ListRef = nil
	for _, name := range some(r.dice, 0.6, r.lists) {
		b.Spec.ListRefs = append(b.Spec.ListRefs, crier.LocalReference{Name: name})
	}
	if len(b.Spec.ListRefs) == 0 {
		b.Spec.ListRef, b.Spec.ListRefs = &crier.LocalReference{Name: of(r.dice, r.lists...)}, nil
	}
	b.Spec.FromName = of(r.dice, "", "", "The Mayor")
	if r.chance(0.2) {
		b.Spec.ReplyTo = []crier.Mailbox{{Address: "mayor@example.gov", Name: "Büro"}}
	}
	b.Spec.Filter = r.filter()
	if r.chance(0.3) {
		b.Spec.Audience = &crier.BroadcastAudience{Exclude: r.exclusion(), AudienceBounds: r.bounds()}
	}
	b.Spec.Subject = r.word() + " " + r.field() + of(r.dice, "", r.when(r.word))
	switch {
	case r.chance(0.02):
		b.Spec.Subject = "{{ .Naem }}"
	case r.chance(0.1): // nothing for those without
		b.Spec.Subject = "{{ $.Name }}"
	}
	b.Spec.Content = r.content()
	if ref := b.Spec.Content.TemplateRef; ref != nil && ref.Name != "" {
		ref.Name = b.Name
		t := &crier.MessageTemplate{ObjectMeta: named(r.w, b.Name), Spec: crier.MessageTemplateSpec{HTML: r.layout()}}
		needs = append(needs, t)
	}
	if r.chance(0.3) {
		name := b.Name + "-file"
		needs = append(needs, &corev1.ConfigMap{ObjectMeta: named(r.w, name), Data: map[string]string{"a": r.word()}})
		b.Spec.Content.Attachments = []crier.ContentAttachment{{Name: "seal.png", ContentID: "seal", ConfigMap: &crier.ObjectKey{Name: name, Key: "a"}}}
	}
	return b, needs
}

func (r *round) content() (c crier.BroadcastContent) {
	switch r.IntN(4) {
	case 0:
		c.Text = r.text(2)
	case 1:
		c.HTML = r.block(2)
	case 2:
		c.HTML, c.Text = r.block(2), r.text(2)
	default:
		c.Markdown = r.markdown(1)
		if r.chance(0.4) {
			c.TemplateRef = &crier.TemplateReference{Name: "own"}
		}
	}
	if r.chance(0.1) { // nothing for others
		c = crier.BroadcastContent{Text: `{{ if eq $.Attributes.agency "Parks" }}` + r.word() + `{{ end }}`}
	}
	if r.chance(0.15) {
		c.Event = &crier.CalendarEvent{
			Start: *r.time(time.Hour), End: *r.time(2 * time.Hour), Summary: of(r.dice, "Fair "+r.word(), "Größe"), Location: of(r.dice, "", "Town hall"),
			Description: of(r.dice, "", strings.Repeat(r.word()+" ", 20)),
		}
	}
	if c.HTML != "" && r.chance(0.2) {
		c.HTML += `<p><img src="cid:seal" alt="Seal"></p>`
	}
	return c
}
