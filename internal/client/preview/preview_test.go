package preview

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/client/declared"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/writing/draft"
	"crier.dev/crier/internal/writing/message"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func facts(content crier.BroadcastContent) draft.Facts {
	b := &crier.Broadcast{Spec: crier.BroadcastSpec{Subject: "Hello {{ .Name }}", Content: content, ListRef: &crier.LocalReference{Name: "none"}}}
	f, _ := (&declared.World{}).Facts(b)
	return f
}

var ann = roster.Subscriber{Email: "ann@example.gov", Name: "Ann"}

func TestMessage(t *testing.T) {
	f := facts(crier.BroadcastContent{
		HTML: `<p>Grüße, {{ .Name }}</p><img src="cid:seal" alt="">`,
		Event: &crier.CalendarEvent{
			Summary: "Hall", Start: metav1.Time{Time: now}, End: metav1.Time{Time: now.Add(time.Hour)},
		},
	})
	f.Files = []message.Attachment{
		{Name: "Formular für Ann.pdf", ContentType: "application/pdf", Data: []byte("pdf")},
		{Name: "seal.png", ContentType: "image/png", ContentID: "seal", Data: []byte("png")},
	}
	p, err := Make(f, ann, now)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(p.HTML, "<p>Grüße, Ann</p>") || !strings.HasPrefix(p.Text, "Grüße, Ann") {
		t.Errorf("%q %q", p.HTML, p.Text)
	}
	var files []string
	for _, f := range p.Files {
		files = append(files, f.Name+" "+f.ContentType+" "+f.ContentID)
	}
	for _, want := range []string{"Formular für Ann.pdf application/pdf ", "seal.png image/png seal"} {
		if !slices.Contains(files, want) {
			t.Errorf("%q lacks %q", files, want)
		}
	}
	if i := slices.IndexFunc(p.Header, func(f Field) bool { return f.Name == "Subject" }); i < 0 || p.Header[i].Value != "Hello Ann" {
		t.Error(p.Header)
	}
	if page := p.Page(); !strings.Contains(page, `src="data:image/png;base64,cG5n"`) || !strings.HasPrefix(page, "<!DOCTYPE html>") {
		t.Error(page)
	}
	if (&Preview{}).Page() != "" {
		t.Error("a page of nothing")
	}
}

func TestProblems(t *testing.T) {
	limit := int64(100)
	small := facts(crier.BroadcastContent{Text: "Hello"})
	small.Relay.Spec.Limits.MaxMessageBytes = &limit
	program := facts(crier.BroadcastContent{Text: "Hello"})
	program.Files = []message.Attachment{{Name: "a.exe"}}
	bad := facts(crier.BroadcastContent{Text: "Hello"})
	bad.Relay.Spec.BounceDomain = "-"
	for _, c := range []struct {
		facts    draft.Facts
		to       roster.Subscriber
		reason   string
		words    string
		hasMails bool
	}{
		{facts(crier.BroadcastContent{Text: "{{ .Naem }}\n{{ .Emil }}"}), ann, "InvalidTemplate", "\n", false},
		{facts(crier.BroadcastContent{Text: "a"}), roster.Subscriber{Email: "ann"}, "", "can't be written for this subscriber", false},
		{small, ann, "MessageTooLarge", "the Relay takes 100", true},
		{program, ann, "InvalidAttachment", "a.exe", false},
		{bad, ann, "InvalidMessage", "", false},
	} {
		p, err := Make(c.facts, c.to, now)
		var problem *Problem
		if !errors.As(err, &problem) || problem.Reason != c.reason || !strings.Contains(problem.Error(), c.words) || (p != nil) != c.hasMails {
			t.Errorf("%v, want %s", err, c.reason)
		}
	}
}

// Types that are declared make better examples.
func TestMadeUp(t *testing.T) {
	w := &declared.World{}
	err := errors.Join(
		w.Add(map[string]any{"apiVersion": "crier.dev/v1alpha1", "kind": "MailingList", "metadata": map[string]any{"name": "staff"},
			"spec": map[string]any{"address": "staff@example.gov", "audience": map[string]any{"subscriberSets": []any{map[string]any{"name": "s"}}}}}, nil),
		w.Add(map[string]any{"apiVersion": "crier.dev/v1alpha1", "kind": "SubscriberSet", "metadata": map[string]any{"name": "s"},
			"spec": map[string]any{"source": map[string]any{"https": map[string]any{"url": "https://a"}}, "attributes": map[string]any{
				"a": map[string]any{"type": "Integer"}, "b": map[string]any{"type": "Date"}, "c": map[string]any{"type": "List"},
				"d": map[string]any{"type": "Boolean"}, "e": map[string]any{"type": "Number"}}}}, nil))
	if err != nil {
		t.Fatal(err)
	}
	b := &crier.Broadcast{Spec: crier.BroadcastSpec{Subject: "a", ListRef: &crier.LocalReference{Name: "staff"}, Content: crier.BroadcastContent{
		Text: "{{.Attributes.a}}{{.Attributes.b}}{{.Attributes.c}}{{.Attributes.d}}{{.Attributes.e}}{{.Attributes.f}}",
	}}}
	f, _ := w.Facts(b)
	s, notes := Recipient(w, f, Person{Set: map[string]string{"a": "7"}})
	if got := s.Attributes; got["a"] != "7" || got["b"] != "2026-01-31" || got["c"] != "one; two" || got["d"] != "true" || got["e"] != "0.5" || got["f"] != "[f]" {
		t.Error(got)
	}
	if len(notes) != 1 || !strings.HasPrefix(notes[0], "the subscribers can't be read here; made up: address, name, b=2026-01-31, ") {
		t.Error(notes)
	}
}

// FuzzRead holds that no message brings it down.
func FuzzRead(f *testing.F) {
	f.Add("Subject: a\r\nContent-Type: text/plain\r\n\r\nHello")
	f.Add("Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n--a--")
	f.Fuzz(func(_ *testing.T, s string) {
		if p, err := read([]byte(s)); err == nil {
			_ = p.WriteText(new(strings.Builder))
		}
	})
}

// Who would get an empty message gets none, and is told so in a preview.
func TestNothingLeft(t *testing.T) {
	_, err := Make(facts(crier.BroadcastContent{Text: `{{ if eq .Attributes.lang "en" }}Hello{{ end }}`}), ann, now)
	if err == nil || !strings.Contains(err.Error(), "nothing is left of the message for this recipient") {
		t.Errorf("%v", err)
	}
}
