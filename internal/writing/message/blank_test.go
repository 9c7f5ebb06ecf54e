package message

import (
	"errors"
	"strings"
	"testing"

	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/writing/content"
)

// Nobody gets a message of which nothing is left for them.
func TestNoBlankMessages(t *testing.T) {
	const some = `{{ if eq .Attributes.lang "de" }}Hallo{{ else if eq .Attributes.lang "en" }}Hello{{ end }}`
	const said = `<p>Why.<br>1 Main Street</p><a href="{{ .UnsubscribeURL }}">Leave</a>`
	for name, tc := range map[string]struct {
		text, html string
		footed     bool
		refused    bool
		parts      int
	}{
		"text":                        {some, "", false, true, 0},
		"text of blanks":              {"\n  " + some + "\n", "", false, true, 0},
		"text of a line":              {some + "\n-----\n", "", false, true, 0},
		"HTML":                        {"", "<p>" + some + "</p>", false, true, 0},
		"HTML and text":               {some, "<html><body><p>" + some + "</p>&nbsp;</body></html>", false, true, 0},
		"the value alone":             {"{{ .Attributes.lang }}", "", false, true, 0},
		"only a title":                {"", "<html><head><title>News</title></head><body>" + some + "</body></html>", false, true, 0},
		"only what is hidden":         {"", `<p style="display:none">News</p>` + some, false, true, 0},
		"only a footer of the layout": {some + "\n\nWhy.\n1 Main Street\nLeave <{{ .UnsubscribeURL }}>\n", some + said, true, true, 0},
		"a label of its own":          {some + "\nWhy.\n1 Main Street\nUnsubscribe: {{ .UnsubscribeURL }}\n", "", true, true, 0},
		"hidden by a condition":       {"", "{{ if not .Attributes.lang }}<p hidden>{{ else }}<p>{{ end }}News</p>", false, true, 0},
		"a word":                      {"Hi " + some, "", false, false, 1},
		"only the HTML":               {some, "<p>Hi</p>", false, false, 1},
		"only the text":               {"Hi", "<p>" + some + "</p>", false, false, 1},
		"both":                        {"Hi", "<p>Hi " + some + "</p>", false, false, 2},
		"an image":                    {"", `<img src="https://e.example/a.png" alt="">` + some, false, false, 1},
		"the footer and a word":       {"Hi\nWhy.\n1 Main Street\nLeave <{{ .UnsubscribeURL }}>\n", some + "<b>Hi</b>" + said, true, false, 2},
	} {
		f := plainFrozen()
		f.Text, f.HTML, f.Footer, f.FooterInHTML, f.FooterInText = tc.text, tc.html, "Why.\n1 Main Street", tc.footed, tc.footed
		f.Leave, f.ListUnsubscribe = true, []string{"https://l.example/?u={{ .Email }}"}
		c, err := NewComposer(f)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		m, err := c.Draft(nil, roster.Subscriber{Email: "jo@example.org"}, 0, 0, testDate)
		refused := (*content.Refused)(nil)
		if errors.As(err, &refused) != tc.refused || tc.refused && refused.Reason != reasonBlank {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err == nil && len(read(t, m.Data).bodies) != tc.parts {
			t.Errorf("%s: %s", name, m.Data)
		}
		if m, err = c.Draft(nil, roster.Subscriber{Email: "jo@example.org", Attributes: map[string]string{"lang": "de"}}, 0, 0, testDate); err != nil {
			t.Errorf("%s, with what it asks for: %v", name, err)
		}
		if text := strings.ReplaceAll(string(m.Data), "=\r\n", ""); strings.Contains(tc.text+tc.html, some) && !strings.Contains(text, "Hallo") {
			t.Errorf("%s: %s", name, text)
		}
	}
}

// A link to another page of the site where one leaves is something to read.
func TestWhatLeadsOutOfTheList(t *testing.T) {
	for _, tc := range []struct {
		leave, href string
		is          bool
	}{
		{"https://l.example/u", "https://l.example/u", true},
		{"https://l.example/u", "https://l.example/u?who=jo", true},
		{"https://l.example/u", "https://l.example/u/jo", true},
		{"https://l.example/u/", "https://l.example/u/jo", true},
		{"https://l.example/?u=", "https://l.example/?u=jo", true},
		{"mailto:leave@l.example", "mailto:leave@l.example?subject=leave", true},
		{"https://l.example/u", "https://l.example/updates", false},
		{"https://l.example/", "https://l.example/", true},
		{"https://l.example/", "https://l.example/updates", false},
		{"https://l.example", "https://l.example/updates", false},
		{"https://l.example", "https://l.example.org", false},
		{"", "https://l.example/", false},
	} {
		if leads(tc.href, tc.leave) != tc.is {
			t.Errorf("%s from %s: want %t", tc.href, tc.leave, tc.is)
		}
	}
	f := plainFrozen()
	f.Text, f.HTML = "Big news", `<a href="https://l.example/updates"><img src="https://l.example/i.png" alt="Big news"></a>`
	f.Leave, f.ListUnsubscribe = true, []string{"https://l.example/u"}
	c, err := NewComposer(f)
	if err != nil {
		t.Fatal(err)
	}
	m, err := c.Draft(nil, roster.Subscriber{Email: "jo@example.org"}, 0, 0, testDate)
	if err != nil || len(read(t, m.Data).bodies) != 2 {
		t.Errorf("%v\n%s", err, m.Data)
	}
}

// A template with words outside of conditions costs nothing.
func TestMostTemplatesAreNeverBlank(t *testing.T) {
	for want, f := range map[bool]Frozen{
		false: plainFrozen(),
		true:  {Text: "{{ .Attributes.text }}"},
	} {
		if b := newBlanks(f, content.Source{Subject: f.Subject, Text: f.Text, HTML: f.HTML}); b.possible != want {
			t.Errorf("%q: %t", f.Text, b.possible)
		}
	}
}
