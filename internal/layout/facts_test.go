package layout

import (
	"strings"
	"testing"

	"crier.dev/crier/internal/content"
)

// A part only counts as one with a footer if it says all that a footer says.
func TestFactsOfTheFooter(t *testing.T) {
	all := List{Name: "News", Footer: "Why.", PostalAddress: "1 Main Street", UnsubscribeURL: "https://example.gov/leave"}
	mandatory := List{Name: "Staff", Footer: "Why."}
	const why, from, leave = "{{ .List.Footer }}", "{{ .List.PostalAddress }}", `<a href="{{ .List.UnsubscribeURL }}">Leave</a>`
	for _, tc := range []struct {
		html string
		list List
		want bool
	}{
		{why + from + leave, all, true},
		{why + from, all, false},
		{why + leave, all, false},
		{from + leave, all, false},
		{why, mandatory, true},
		{"{{ if .Name }}" + leave + "{{ end }}" + why + from, all, false},
		{"{{ with .List.UnsubscribeURL }}<a href=\"{{ . }}\">x</a>{{ end }}" + why + from, all, true},
	} {
		got, err := Assemble(Input{Template: &Template{Name: "t", HTML: "<p>{{ .Body }}</p>" + tc.html}, Subject: "x", Body: Body{Markdown: "x"}, List: tc.list})
		if err != nil || got.FooterInHTML != tc.want || got.FooterInText != tc.want {
			t.Errorf("%s: %t, %t, %v; want %t", tc.html, got.FooterInHTML, got.FooterInText, err, tc.want)
		}
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
