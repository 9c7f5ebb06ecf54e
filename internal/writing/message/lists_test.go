package message

import (
	"strings"
	"testing"

	"crier.dev/crier/internal/recipients/roster"
)

// Each list has its own headers, footer and, where it has them, bodies.
func TestBodiesOfLists(t *testing.T) {
	f := plainFrozen()
	f.Subject, f.Text, f.HTML = "News", "shared text for {{ .Name }}", ""
	f.ListID, f.ListName, f.ListUnsubscribe, f.Footer = "", "", nil, ""
	f.Lists = []List{
		{ListID: "one.example.gov", ListName: "One", Footer: "of list one"},
		{ListID: "two.example.gov", ListName: "Two", Footer: "of list two", Text: "only two, {{ .Name }}: why", FooterInText: true},
	}
	for list, want := range []string{"shared text for Jo", "only two, Jo: why"} {
		c, err := NewComposer(f)
		if err != nil {
			t.Fatal(err)
		}
		m, err := c.Draft(nil, roster.Subscriber{Email: "jo@example.org", Name: "Jo", List: list}, 0, 0, testDate)
		if err != nil {
			t.Fatal(err)
		}
		text := string(m.Data)
		if !strings.Contains(text, want) || !strings.Contains(text, f.Lists[list].ListID) || strings.Contains(text, f.Lists[1-list].ListID) {
			t.Errorf("list %d: %s", list, text)
		}
		if footer := strings.Contains(text, f.Lists[list].Footer); footer == f.Lists[list].FooterInText {
			t.Errorf("list %d: footer %t: %s", list, footer, text)
		}
	}
	f.Lists[1].Text = "{{ .Nobody }}"
	if _, err := NewComposer(f); err == nil {
		t.Error("a mistake in the body of the second list isn't found")
	}
}

// Each list has its own subject. What was frozen without has the one for all.
func TestSubjectsOfLists(t *testing.T) {
	f := severalLists()
	f.Lists[1].Subject = "[News] for {{ .Name }}"
	f.MarkSubjects("[Test] ")
	literal := severalLists()
	literal.Literal, literal.Subject, literal.Lists[1].Subject = true, "All", "Two"
	for _, test := range []struct {
		f    Frozen
		list int
		want string
	}{
		{f, 0, "[Test] Jo, open enrollment starts Monday"}, {f, 1, "[Test] [News] for Jo"}, {f, 2, "[Test] Jo, open enrollment starts Monday"},
		{literal, 0, "All"}, {literal, 1, "Two"},
	} {
		c, err := NewComposer(test.f)
		if err != nil {
			t.Fatal(err)
		}
		m, err := c.Draft(nil, roster.Subscriber{Email: "jo@example.org", Name: "Jo", List: test.list}, 0, 0, testDate)
		if err != nil {
			t.Fatal(err)
		}
		if got := read(t, m.Data).subject; got != test.want {
			t.Errorf("list %d: %q, want %q", test.list, got, test.want)
		}
	}
}
