package layout

import (
	"strings"
	"testing"

	"crier.dev/crier/internal/writing/content"
)

// A part only counts as one with a footer if everybody sees all that a footer
// says.
func TestFooterIsSeen(t *testing.T) {
	all := List{Name: "News", Footer: "Why.", PostalAddress: "1 Main Street\nBoston", UnsubscribeURL: "https://example.gov/leave"}
	mandatory := List{Name: "Staff", Footer: "Why."}
	const why, from, leave = "{{ .List.Footer }}", "{{ .List.PostalAddress }}", `<a href="{{ .List.UnsubscribeURL }}">Leave</a>`
	for _, tc := range []struct {
		html           string
		list           List
		inHTML, inText bool
	}{
		{why + from + leave, all, true, true},
		{why + from, all, false, false},
		{why + leave, all, false, false},
		{from + leave, all, false, false},
		{why, mandatory, true, true},
		{`{{ with .List.UnsubscribeURL }}<a href="{{ . }}">x</a>{{ end }}` + why + from, all, true, true},
		{`<a href="{{ .List.UnsubscribeURL }}?u={{ .Email }}">Leave</a>` + why + from, all, true, true},
		{`{{ define "f" }}{{ .List.Footer }}{{ .List.PostalAddress }}{{ end }}{{ template "f" . }}` + leave, all, true, true},
		// Not for everybody.
		{"{{ if .Name }}" + leave + "{{ end }}" + why + from, all, false, false},
		{"{{ if .Attributes.vip }}" + why + "{{ else }}x{{ end }}" + from + leave, all, false, false},
		{"{{ $f := .List.Footer }}{{ if .Attributes.note }}{{ $f }}{{ end }}" + from + leave, all, false, false},
		{`{{ if eq .List.Name "Other" }}` + why + from + leave + "{{ end }}", all, false, false},
		// For nobody.
		{"<!-- " + why + from + leave + " -->", all, false, false},
		{"<!--[if mso]>" + why + from + leave + "<![endif]-->", all, false, false},
		{"<title>" + why + from + "{{ .List.UnsubscribeURL }}</title>", all, false, false},
		{`<div style="display:none">` + why + from + leave + "</div>", all, false, false},
		{"<p hidden>" + why + "</p>" + from + leave, all, false, false},
		{`<img src="https://x.example/a.png" alt="` + why + from + `" title="{{ .List.UnsubscribeURL }}">`, all, false, false},
		{why + from + `<a href="{{ .List.UnsubscribeURL }}"></a>`, all, false, true},
		{why + from + `<a href="{{ .List.UnsubscribeURL }}">{{ .Attributes.label }}</a>`, all, false, true},
		{why + from + "{{ .List.UnsubscribeURL }}", all, false, true},
		{`<p style="color:#fff">` + why + from + leave + "</p>", all, false, true},
		{`<p style="font-size:0">` + why + from + leave + "</p>", all, false, true},
		{`<style>.f{display:none}</style><p class="f">` + why + from + leave + "</p>", all, false, true},
	} {
		got, err := Assemble(Input{Template: &Template{Name: "t", HTML: "<p>{{ .Body }}</p>" + tc.html}, Subject: "x", Body: Body{Markdown: "x"}, List: tc.list})
		if err != nil || got.FooterInHTML != tc.inHTML || got.FooterInText && !tc.inText {
			t.Errorf("%s: in HTML %t, in text %t, %v", tc.html, got.FooterInHTML, got.FooterInText, err)
		}
		if tc.inHTML && !got.FooterInText {
			t.Errorf("%s: the text says it too", tc.html)
		}
		if strings.Contains(got.HTML+got.Text, ".invalid") {
			t.Errorf("%s: a mark is left in %s", tc.html, got.HTML)
		}
	}
}

// Each part speaks for itself, and a body may speak for its part.
func TestFooterOfEachPart(t *testing.T) {
	const words = "{{ .List.Footer }} {{ .List.PostalAddress }} "
	list := List{Name: "News", Footer: "Why.", PostalAddress: "1 Main Street", UnsubscribeURL: "mailto:leave@example.gov"}
	link := `<a href="{{ .List.UnsubscribeURL }}">Leave</a>`
	for name, tc := range map[string]struct {
		in         Input
		html, text bool
	}{
		"a template with a text": {Input{Template: &Template{HTML: "{{ .Body }}" + words + link, Text: "{{ .Body }}"}, Body: Body{Text: "x"}}, true, false},
		"hidden from some":       {Input{Template: &Template{HTML: "{{ .Body }}<div {{ if .Name }}hidden{{ end }}>" + words + link + "</div>", Text: "{{ .Body }}"}, Body: Body{Text: "x"}}, false, false},
		"a style for some":       {Input{Template: &Template{HTML: `{{ .Body }}<p style="display:{{ if .Name }}none{{ else }}block{{ end }}">` + words + link + "</p>", Text: "{{ .Body }}"}, Body: Body{Text: "x"}}, false, false},
		"only in its text":       {Input{Template: &Template{HTML: "{{ .Body }}", Text: "{{ .Body }}" + words + "{{ .List.UnsubscribeURL }}"}, Body: Body{Text: "x"}}, false, true},
		"in the text in part":    {Input{Template: &Template{HTML: "{{ .Body }}", Text: "{{ .Body }}" + words}, Body: Body{Text: "x"}}, false, false},
		"a body of HTML":         {Input{Body: Body{HTML: "x" + words + link}}, true, true},
		"and another of text":    {Input{Body: Body{HTML: "x" + words + link, Text: "x"}}, true, false},
		"a body of text":         {Input{Body: Body{Text: "x" + words + "{{ .List.UnsubscribeURL }}"}}, false, true},
		"Markdown":               {Input{Body: Body{Markdown: "x\n\n" + words + "[Leave]({{ .List.UnsubscribeURL }})"}}, true, true},
	} {
		tc.in.Subject, tc.in.List = "x", list
		got, err := Assemble(tc.in)
		if err != nil || got.FooterInHTML != tc.html || got.FooterInText != tc.text {
			t.Errorf("%s: %t, %t, %v", name, got.FooterInHTML, got.FooterInText, err)
		}
	}
}

// Who hides the footer is told why there are two.
func TestHiddenFooterIsToldOf(t *testing.T) {
	got, err := Assemble(Input{Subject: "x", List: List{Footer: "Why."}, Body: Body{HTML: "x<p hidden>{{ .List.Footer }}</p>"}})
	if err != nil || len(got.Warnings) != 1 || !strings.Contains(got.Warnings[0].Message, "the footer stands where not everybody sees it") {
		t.Errorf("%q, %v", got.Warnings, err)
	}
}

// An image of the message itself can be a value, a section's, and in Markdown.
func TestContentIDs(t *testing.T) {
	got, err := Assemble(Input{
		Template: &Template{
			Name: "t", Parameters: []Parameter{{Name: "logo", Type: URL}},
			HTML: `<img src="{{ .Values.logo }}" alt="a">{{ range .Sections }}<img src="{{ .ImageURL }}" alt="b">{{ end }}{{ .Body }}`,
		},
		Subject: "x", Values: map[string]string{"logo": "cid:logo.png"},
		Sections: []Section{{Title: "s", ImageURL: "cid:map-1", ImageAlt: "b"}}, Body: Body{Markdown: "![c](cid:photo)"},
	})
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := content.Compile(got.Source, nil)
	if err != nil {
		t.Fatal(err)
	}
	rendered, err := compiled.Render(content.Data{})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`src="cid:logo.png"`, `src="cid:map-1"`, `src="cid:photo"`} {
		if !strings.Contains(rendered.HTML, want) {
			t.Errorf("no %s in %s", want, rendered.HTML)
		}
	}
}
