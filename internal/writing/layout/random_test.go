package layout

import (
	"math/rand/v2"
	"strings"
	"testing"

	"crier.dev/crier/internal/writing/content"
)

var tokens = []string{
	"<p>", "</p>", "<div>", "</div>", "<ul><li>", "<li>", "</ul>", "<table><tr><td>", "</td></tr>", "</table>", `<a href="https://x.example/`, `">`, "</a>",
	"a", " ", "\n", "\n\n", "{", "}", "{{.Name}}", "{{if .Name}}", "{{else}}", "{{end}}", "{{with .Attributes.a}}", "{{.}}", "{{$.Name}}", "{{.Values.v}}",
	"{{.Body}}", "{{range .Sections}}", "{{.Title}}", "{{with .Values.v}}", "<br>", "<hr>", "<title>", "</title>", "<!--", "-->", "*", "- ", "> ", "# ", "|", "`", "[x](", ")",
	"{{- .Email -}}", "{{/* c */}}", "<b title='", "'>", `{{"{{"}}`, "{{$x := .Name}}", "{{$x}}", "<pre>", "</pre>", `{{block "b" .}}`, `{{template "b" .}}`, "?q=",
}

// sequence makes a template that parses.
func sequence(r *rand.Rand, n int) string {
	for range 30 {
		var b strings.Builder
		depth := 0
		for range r.IntN(n) {
			switch token := tokens[r.IntN(len(tokens))]; {
			case token == "{{end}}" && depth > 0:
				depth--
				b.WriteString(token)
			case token == "{{end}}", token == "{{else}}" && depth == 0:
			default:
				if strings.HasPrefix(token, "{{if") || strings.HasPrefix(token, "{{with") || strings.HasPrefix(token, "{{range") || strings.HasPrefix(token, "{{block") {
					depth++
				}
				b.WriteString(token)
			}
		}
		b.WriteString(strings.Repeat("{{end}}", depth))
		if _, _, problems := content.ParseSet(content.Place{}, b.String()); len(problems) == 0 {
			return b.String()
		}
	}
	return "x"
}

// What is put together from anything either has problems or is sent.
func TestRandomPieces(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	assembled := 0
	for i := range 3000 {
		in := Input{Subject: "s", Values: map[string]string{"v": sequence(r, 8)}, Body: Body{Markdown: sequence(r, 14)}}
		switch i % 3 {
		case 0:
			in.Sections = []Section{{Title: sequence(r, 6), Markdown: sequence(r, 10)}, {Title: "b"}}
			in.Template = &Template{Name: "t", Parameters: []Parameter{{Name: "v"}}, HTML: sequence(r, 20) + "{{if .Body}}{{.Body}}{{end}}{{if .Sections}}{{range .Sections}}{{end}}{{end}}"}
		case 1:
			in.Body = Body{HTML: sequence(r, 20)}
		}
		result, err := Assemble(in)
		if err != nil {
			continue
		}
		assembled++
		for _, d := range []content.Data{ann, {}} {
			if got := render(t, result, d); d.Name != "" && strings.HasPrefix(got.Text, "\n\n") {
				t.Errorf("the text begins with an empty line: %q of %+v", got.Text, in)
			}
		}
	}
	if assembled < 300 {
		t.Errorf("only %d were put together", assembled)
	}
}
