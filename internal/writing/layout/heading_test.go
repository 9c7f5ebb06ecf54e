package layout

import (
	"strings"
	"testing"

	"crier.dev/crier/internal/writing/content"
)

// A heading in a condition is one, on one line too.
func TestBlocksOnTheLineOfTheirCondition(t *testing.T) {
	for _, tc := range []struct{ markdown, with, without string }{
		{"a\n\n{{if .Name}}# Heading{{end}}\n\nb", "<p>a</p><h1>Heading</h1><p>b</p>", "<p>a</p><p>b</p>"},
		{"{{ if .Name }}## For {{.Name}}{{ else }}## For all{{ end }}\n\nb", "<h2>For Jo</h2><p>b</p>", "<h2>For all</h2><p>b</p>"},
		{"{{if .Name}}{{if .Email}}# Both{{end}}{{end}}\n\nb", "<h1>Both</h1><p>b</p>", "<p>b</p>"},
		{"- a\n{{if .Name}}- b{{end}}\n- c", "<ul><li>a</li></ul><ul><li>b</li></ul><ul><li>c</li></ul>", "<ul><li>a</li></ul><ul><li>c</li></ul>"},
		{"{{with .Name}}> {{.}}{{end}}\n\nb", "<blockquote><p>Jo</p></blockquote><p>b</p>", "<p>b</p>"},
		{"a\n\n{{if .Name}}---{{end}}\n\nb", "<p>a</p><hr><p>b</p>", "<p>a</p><p>b</p>"},
		{"{{if .Name}}# Heading {{if .Email}}x{{end}}{{end}}", "<h1>Heading x</h1>", ""},
		{"{{if .Name}}a - b{{end}} c", "<p>a - b c</p>", "<p> c</p>"},
		{"{{if .Name}}#tag{{end}}", "<p>#tag</p>", "<p></p>"},
	} {
		result, err := Assemble(Input{Subject: "s", Body: Body{Markdown: tc.markdown}})
		if err != nil {
			t.Errorf("%s\n%v", tc.markdown, err)
			continue
		}
		for _, d := range []content.Data{{Name: "Jo", Email: "x"}, {}} {
			want := tc.with
			if d.Name == "" {
				want = tc.without
			}
			_, body, _ := strings.Cut(render(t, result, d).HTML, "<body>")
			body, _, _ = strings.Cut(body, "</body>")
			if got := strings.ReplaceAll(body, "\n", ""); got != want {
				t.Errorf("%s\n%q\nwant %q", tc.markdown, got, want)
			}
		}
	}
}
