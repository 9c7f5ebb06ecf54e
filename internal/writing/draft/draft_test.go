package draft

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/writing/content"
	"crier.dev/crier/internal/writing/layout"
	"crier.dev/crier/internal/writing/message"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func list(name string) *crier.MailingList {
	return &crier.MailingList{
		ObjectMeta: metav1.ObjectMeta{Namespace: "hr", Name: name},
		Spec: crier.MailingListSpec{
			Address: crier.MailAddress(name + "@lists.example.gov"), DisplayName: "The " + name,
			Owners: []crier.MailAddress{"owner@example.gov"},
			From:   crier.Mailbox{Address: "hr@example.gov", Name: "HR"}, Purpose: crier.PurposeMandatory,
		},
	}
}

func facts(change ...func(*Facts)) Facts {
	f := Facts{
		Broadcast: &crier.Broadcast{
			ObjectMeta: metav1.ObjectMeta{Namespace: "hr", Name: "news", CreationTimestamp: metav1.NewTime(noon)},
			Spec: crier.BroadcastSpec{
				Subject: "Hello {{ .Name }}", Content: crier.BroadcastContent{Markdown: "Dear *{{ .Name }}*"},
			},
		},
		Lists: []*crier.MailingList{list("staff")},
		Relay: &crier.Relay{Spec: crier.RelaySpec{
			BounceDomain: "bounces.example.gov", Bounces: crier.RelayBounces{Mode: crier.BounceFixed, LocalPart: "bounces"},
		}},
		Key: bytes.Repeat([]byte{7}, message.KeySize),
	}
	for _, c := range change {
		c(&f)
	}
	return f
}

// written is the message to Jo, as a member of a list.
func written(t *testing.T, f Facts, of int) string {
	t.Helper()
	frozen, err := Message(f)
	if err != nil {
		t.Fatal(err)
	}
	composer, err := message.NewComposer(frozen)
	if err != nil {
		t.Fatal(err)
	}
	m, err := composer.Draft(nil, roster.Subscriber{Email: "jo@example.org", Name: "Jo", List: of}, 0, 0, noon)
	if err != nil {
		t.Fatal(err)
	}
	return strings.NewReplacer("=\r\n", "", "=3D", "=").Replace(string(m.Data))
}

func TestMessage(t *testing.T) {
	text := written(t, facts(), 0)
	for _, want := range []string{
		"Subject: Hello Jo\r\n", "From: \"HR\" <hr@example.gov>", "Reply-To: <owner@example.gov>", "<staff.lists.example.gov>",
		"<em>Jo</em>", "Dear Jo", "because you are on the list The staff, which can't be left.",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %s", want, text)
		}
	}
	if strings.Contains(text, "List-Unsubscribe") {
		t.Error("mandatory mail says how to leave")
	}
}

func TestFooter(t *testing.T) {
	subscribed := list("news").Spec
	subscribed.Purpose, subscribed.PostalAddress = crier.PurposeSubscribed, "1 Main Street"
	subscribed.Unsubscribe = &crier.Unsubscribe{Mailto: "leave@example.gov"}
	own := subscribed
	own.Footer = "Our own words."
	nameless := list("all").Spec
	nameless.DisplayName = ""
	for want, spec := range map[string]crier.MailingListSpec{
		"You receive this message because you subscribed to The news.\n1 Main Street":                      subscribed,
		"Our own words.\n1 Main Street":                                                                    own,
		"You receive this message because you are on the list all@lists.example.gov, which can't be left.": nameless,
	} {
		if got := Footer(spec); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// Who is reached by the second list reads that he is on the second list.
func TestEachListSpeaksForItself(t *testing.T) {
	f := facts(func(f *Facts) {
		f.Lists = append(f.Lists, list("public"))
		f.Template = &layout.Template{Name: "t", HTML: "<html><body>{{ .Body }}<p>{{ .List.Footer }}</p></body></html>"}
		f.Broadcast.Spec.Subject = "[{{ .List.Name }}] News"
	})
	for of, name := range []string{"staff", "public"} {
		text := written(t, f, of)
		if !strings.Contains(text, "Subject: [The "+name+"] News\r\n") || strings.Count(text, "list The "+name+",") != 2 || strings.Contains(text, "The "+f.Lists[1-of].Name) {
			t.Errorf("%s: %s", name, text)
		}
		if !strings.Contains(text, "<"+name+".lists.example.gov>") || !strings.Contains(text, "From: \"HR\"") {
			t.Errorf("%s: %s", name, text)
		}
	}
}

func TestEvent(t *testing.T) {
	f := facts(func(f *Facts) {
		f.Broadcast.Spec.Content.Event = &crier.CalendarEvent{
			Start: metav1.NewTime(noon), End: metav1.NewTime(noon.Add(time.Hour)), Summary: "Fair",
		}
	})
	first, again := written(t, f, 0), written(t, f, 0)
	if !strings.Contains(first, "text/calendar") || first != again {
		t.Errorf("no calendar, or another one each time: %s", first)
	}
	f.Broadcast.Spec.Content.Event.Summary = "Fair\r\nATTENDEE:x"
	if _, err := Message(f); err == nil {
		t.Error("a line break in the summary was taken")
	}
}

// A mistake is told as the author's, and a report about it can be addressed.
func TestMistakes(t *testing.T) {
	f := facts(func(f *Facts) { f.Broadcast.Spec.Content.Markdown = "{{ .Naem }}" })
	_, err := Message(f)
	var problems content.Problems
	if !errors.As(err, &problems) || !strings.Contains(err.Error(), "unknown field .Naem") {
		t.Errorf("%v", err)
	}
	if e := Envelope(f); e.From.Address != "hr@example.gov" || e.MessageIDDomain != "lists.example.gov" {
		t.Errorf("%+v", e)
	}
}

func TestBuiltin(t *testing.T) {
	if Builtin("announcement") == nil || Builtin("nothing") != nil {
		t.Error("built-in templates are not found by their names")
	}
}

// An image that isn't in the message would be a hole in it.
func TestImages(t *testing.T) {
	shown := func(f Facts) error {
		frozen, err := Message(f)
		if err != nil {
			return err
		}
		return CheckImages(frozen)
	}
	for _, body := range []crier.BroadcastContent{
		{HTML: `<img src="cid:logo.png" alt="x">`}, {HTML: `<p style="background:url(cid:logo.png)">x</p>`}, {Markdown: "![x](cid:logo.png)"},
	} {
		f := facts(func(f *Facts) { f.Broadcast.Spec.Content = body })
		if err := shown(f); err == nil || !strings.Contains(err.Error(), "no attachment has the contentID logo.png") {
			t.Errorf("%+v: %v", body, err)
		}
		f.Files = []message.Attachment{{Name: "l.png", ContentID: "logo.png", Data: []byte("x")}}
		if err := shown(f); err != nil {
			t.Errorf("%+v: %v", body, err)
		}
	}
	if err := shown(facts(func(f *Facts) { f.Broadcast.Spec.Content.Markdown = "Write cid:logo into the template." })); err != nil {
		t.Error(err)
	}
}

// subscribed makes a list one that people can leave.
func subscribed(f *Facts) {
	f.Lists[0].Spec.Purpose, f.Lists[0].Spec.PostalAddress = crier.PurposeSubscribed, "1 Main Street"
	f.Lists[0].Spec.Unsubscribe = &crier.Unsubscribe{URL: "https://l.example/leave"}
}

// Whatever list and layout say, both parts show how to leave.
func TestEveryPartShowsHowToLeave(t *testing.T) {
	for name, change := range map[string]func(*Facts){
		"the footer of Crier": func(*Facts) {},
		"a footer of its own": func(f *Facts) { f.Lists[0].Spec.Footer = "You signed up." },
		"a bare layout":       func(f *Facts) { f.Template = &layout.Template{HTML: "{{ .Body }}"} },
		"a layout without it": func(f *Facts) {
			f.Template = &layout.Template{HTML: "{{ .Body }}{{ .List.Footer }}{{ .List.PostalAddress }}"}
		},
		"a layout that hides": func(f *Facts) {
			f.Template = &layout.Template{HTML: `{{ .Body }}<p style="display:none">{{ .List.Footer }}{{ .List.PostalAddress }}<a href="{{ .List.UnsubscribeURL }}">x</a></p>`}
		},
		"a layout that says it": func(f *Facts) {
			f.Template = &layout.Template{HTML: `{{ .Body }}{{ .List.Footer }} {{ .List.PostalAddress }} <a href="{{ .List.UnsubscribeURL }}">Leave</a>`}
		},
		"one for each": func(f *Facts) { f.Lists[0].Spec.Unsubscribe.URL = "https://l.example/leave?u={{ .Email }}" },
		"one for each, said": func(f *Facts) {
			f.Lists[0].Spec.Unsubscribe.URL = "https://l.example/leave?u={{ .Email }}"
			f.Template = &layout.Template{HTML: `{{ .Body }}{{ .List.Footer }} {{ .List.PostalAddress }} {{ with .Name }}{{ . }}{{ end }}<a href="{{ .List.UnsubscribeURL }}">Leave</a>`}
		},
	} {
		f := facts(subscribed, change)
		url := strings.ReplaceAll(f.Lists[0].Spec.Unsubscribe.URL, "{{ .Email }}", "jo%40example.org")
		text := written(t, f, 0)
		plain, rest, _ := strings.Cut(text[strings.Index(text, "text/plain"):], "text/html")
		if !strings.Contains(plain, url) || !strings.Contains(plain, "1 Main Street") || !strings.Contains(rest, `<a href="`+url+`"`) || !strings.Contains(text, "List-Unsubscribe: <"+url+">") {
			t.Errorf("%s: %s", name, text)
		}
		if said := strings.HasSuffix(name, "says it") || strings.HasSuffix(name, "said"); said && strings.Contains(text, ">Unsubscribe</a>") {
			t.Errorf("%s: twice: %s", name, text)
		}
		if post := strings.Contains(text, "List-Unsubscribe-Post"); post != strings.Contains(url, "jo%40") {
			t.Errorf("%s: one click %t", name, post)
		}
	}
}

// Nothing goes out as braces.
func TestFieldsWhereNoneCanStand(t *testing.T) {
	event := func(change func(*crier.CalendarEvent)) func(*Facts) {
		return func(f *Facts) {
			f.Broadcast.Spec.Content.Event = &crier.CalendarEvent{Start: metav1.NewTime(noon), End: metav1.NewTime(noon.Add(time.Hour)), Summary: "Fair"}
			change(f.Broadcast.Spec.Content.Event)
		}
	}
	for part, change := range map[string]func(*Facts){
		"field fromName": func(f *Facts) { f.Broadcast.Spec.FromName = "{{ .Attributes.agency }}" },
		"field replyTo[0].name": func(f *Facts) {
			f.Broadcast.Spec.ReplyTo = []crier.Mailbox{{Name: "{{.Name}}", Address: "a@b.example"}}
		},
		"field content.attachments[0].name": func(f *Facts) {
			f.Broadcast.Spec.Content.Attachments = []crier.ContentAttachment{{Name: "{{.Name}}.pdf"}}
		},
		"field content.event.summary":     event(func(e *crier.CalendarEvent) { e.Summary = "For {{ .Name }}" }),
		"field content.event.location":    event(func(e *crier.CalendarEvent) { e.Location = "{{ .Name }}" }),
		"field content.event.description": event(func(e *crier.CalendarEvent) { e.Description = "{{ .Name }}" }),
		"list, field footer":              func(f *Facts) { f.Lists[0].Spec.Footer = "Dear {{ .Name }}" },
		"list, field displayName":         func(f *Facts) { f.Lists[0].Spec.DisplayName = "{{ .Name }}" },
		"list, field postalAddress":       func(f *Facts) { f.Lists[0].Spec.PostalAddress = "{{ .Name }}" },
		"list, field from.name":           func(f *Facts) { f.Lists[0].Spec.From.Name = "{{ .Name }}" },
		"list, unsubscribe URL: only":     func(f *Facts) { subscribed(f); f.Lists[0].Spec.Unsubscribe.URL += "?{{ .Name }}" },
		"list, unsubscribe URL: unknown": func(f *Facts) {
			subscribed(f)
			f.Lists[0].Spec.Unsubscribe.URL += "?{{ .Attributes.tokn }}"
			f.Attributes = []string{"token"}
		},
	} {
		_, err := Message(facts(change))
		if problems := (content.Problems)(nil); !errors.As(err, &problems) || !strings.HasPrefix(err.Error(), part) {
			t.Errorf("%s: %v", part, err)
		}
	}
}
