package draft

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/content"
	"crier.dev/crier/internal/layout"
	"crier.dev/crier/internal/message"
	"crier.dev/crier/internal/roster"
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
	m, err := composer.Draft(roster.Subscriber{Email: "jo@example.org", Name: "Jo", List: of}, 0, 0, noon)
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
		"You receive this message because you subscribed to The news. Unsubscribe: leave@example.gov\n1 Main Street": subscribed,
		"Our own words.\n1 Main Street": own,
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
		f.Files = []message.Attachment{{Name: "l.png", ContentID: "Logo.png", Data: []byte("x")}}
		if err := shown(f); err != nil {
			t.Errorf("%+v: %v", body, err)
		}
	}
	if err := shown(facts(func(f *Facts) { f.Broadcast.Spec.Content.Markdown = "Write cid:logo into the template." })); err != nil {
		t.Error(err)
	}
}
