package report

import (
	"html"
	"regexp"
	"strings"
	"testing"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/redact"
	"crier.dev/crier/internal/smtp/outcome"
)

// tags of the template: nothing that a stranger says may add another.
var (
	tag     = regexp.MustCompile(`<[^>]*>`)
	comment = regexp.MustCompile(`<!--`)
)

// skeleton is the tags of a page without what attributes show.
func skeleton(page string) string {
	var names []string
	for _, t := range tag.FindAllString(page, -1) {
		name, _, _ := strings.Cut(strings.Trim(t, "<>"), " ")
		names = append(names, name+"/"+attributes(t))
	}
	return strings.Join(names, " ")
}

var attribute = regexp.MustCompile(` ([a-z-]+)=`)

func attributes(tag string) string {
	// Without the values, which may hold anything but a quote.
	bare := regexp.MustCompile(`"[^"]*"`).ReplaceAllString(tag, `""`)
	var names []string
	for _, found := range attribute.FindAllStringSubmatch(bare, -1) {
		names = append(names, found[1])
	}
	return strings.Join(names, ",")
}

// with makes a page in which every value of a stranger is the same.
func with(words string) Mail {
	f := hostile().facts
	f.Subject, f.From, f.List, f.ListAddress, f.Revision, f.RelayName = words, "f"+words, "l"+words, "a"+words, "v"+words, "r"+words
	f.Namespace, f.Result = "n"+words, "x"+words
	// A name of more than 63 characters would leave out a command.
	f.Name = "b" + redact.Clean(words, 60)
	f.Audience.Sets[0].Name = words
	b := New(f)
	b.Add(Row{Recipient: "x@example.gov", State: crier.DeliveryFailed, Cause: outcome.Cause("c" + words), Code: 550, Enhanced: words, Text: words})
	return b.Mail()
}

func FuzzHTML(f *testing.F) {
	f.Add(attack)
	f.Add("\"><script>")
	f.Add("--><!-- </style></title></td> javascript:alert(1) {{.}} ]]>")
	f.Add("\xff\u202e<\u0000b>")
	plain := skeleton(with("word").HTML)
	f.Fuzz(func(t *testing.T, words string) {
		mail := with(words)
		if got := skeleton(mail.HTML); got != plain {
			t.Errorf("%q changed the tags of the page:\n%s", words, mail.HTML)
		}
		if comment.MatchString(mail.HTML) {
			t.Errorf("%q made a comment", words)
		}
		for _, bad := range []string{"\u202e", "\x00", "\x1b", "\u2066"} {
			if strings.Contains(mail.HTML+mail.Text+mail.Subject, bad) {
				t.Errorf("%q of %q survived", bad, words)
			}
		}
		if strings.ContainsAny(mail.Subject, "\r\n") {
			t.Errorf("subject %q has a line break", mail.Subject)
		}
	})
}

func TestHostileWordsAreEscaped(t *testing.T) {
	mail := hostile().build().Mail()
	for _, bad := range []string{"<script", "<img", "\"1\""} {
		if strings.Contains(mail.HTML, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	if !strings.Contains(mail.HTML, "&lt;script&gt;") {
		t.Error("the words are not shown at all")
	}
}

// TestTextSaysWhatThePageSays compares both bodies word for word.
func TestTextSaysWhatThePageSays(t *testing.T) {
	style := regexp.MustCompile(`(?s)<head>.*</head>`)
	for _, s := range situations() {
		t.Run(s.name, func(t *testing.T) {
			mail := s.build().Mail()
			shown := html.UnescapeString(tag.ReplaceAllString(style.ReplaceAllString(mail.HTML, ""), " "))
			text := strings.ToLower(strings.Join(strings.Fields(mail.Text), ""))
			for _, word := range strings.Fields(shown) {
				if word == "said:" || word == "The" || word == "\u00a0" {
					continue // "The server said:" is "Server:" in the text
				}
				if !strings.Contains(text, strings.ToLower(word)) {
					t.Errorf("the text has no %q", word)
				}
			}
		})
	}
}

func TestPageIsWhole(t *testing.T) {
	for _, s := range situations() {
		page := s.build().Mail().HTML
		for _, need := range []string{`<html lang="en">`, `name="viewport"`, `name="color-scheme" content="light dark"`,
			"prefers-color-scheme: dark", "max-width:600px", "</html>"} {
			if !strings.Contains(page, need) {
				t.Errorf("%s: no %q", s.name, need)
			}
		}
		// What html/template writes for a value that it doesn't trust.
		if strings.Contains(page, "ZgotmplZ") {
			t.Errorf("%s: a value was refused by the template", s.name)
		}
		for _, element := range []string{"table", "tr", "td", "th", "div", "span", "p", "h1", "h2", "ul", "li", "bdi", "strong"} {
			opened := len(regexp.MustCompile(`<`+element+`[ >]`).FindAllString(page, -1))
			if closed := strings.Count(page, "</"+element+">"); opened != closed {
				t.Errorf("%s: %d <%s> and %d ends", s.name, opened, element, closed)
			}
		}
		if len(page) > 100_000 {
			t.Errorf("%s: %d octets; some mail programs cut at 102 KB", s.name, len(page))
		}
	}
}
