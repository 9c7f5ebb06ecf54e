package content

import (
	"errors"
	"strings"
	"testing"

	"crier.dev/crier/internal/words"
)

var testAttributes = []string{"agency", "branch"}

// body compiles a text body and an HTML body of the same source.
func compileBoth(t *testing.T, body string, attributes []string) (text, html error) {
	t.Helper()
	_, text = Compile(Source{Subject: "s", Text: body}, attributes)
	_, html = Compile(Source{Subject: "s", HTML: body}, attributes)
	return text, html
}

func TestAllowed(t *testing.T) {
	for _, body := range []string{
		"plain", "{{.Name}}", "{{ .Email }}", "{{ .Attributes.agency }}", `{{index .Attributes "agency"}}`,
		"{{/* comment */}}x", "{{- .Name -}}", "{{$.Name}}", "{{$n := .Name}}{{$n}}{{$n = .Email}}{{$n}}",
		"{{if .Name}}a{{else if .Email}}b{{else}}c{{end}}",
		"{{with .Attributes.agency}}{{.}} {{$.Name}}{{else}}none{{end}}",
		"{{with $a := .Attributes.agency}}{{$a}}{{end}}",
		"{{with .Attributes}}{{.agency}}{{end}}", "{{with .}}{{.Name}}{{end}}",
		`{{if and (eq .Attributes.agency "DOR") (ne .Name "x") (not .Email)}}x{{end}}`,
		`{{if eq .Attributes.agency "DOR" "HR"}}x{{end}}`, `{{if gt (len .Name) 3}}x{{end}}`,
		`{{.Name | trim | upper | lower | title}}`, `{{.Name | default "friend"}}`, `{{default "friend" .Name}}`,
		`{{or .Name .Email "x"}}`, `{{and .Name .Email}}`, `{{$b := eq .Name "x"}}{{if $b}}y{{end}}`,
		`{{if .Attributes}}x{{end}}`, `{{"quoted"}}`, `{{true}} {{3}}`, `{{urlquery .Name}} {{.Name | urlquery}} {{urlquery (len .Name)}}`, `{{(upper .Name)}}`,
		strings.Repeat("{{if .Name}}", MaxDepth) + "x" + strings.Repeat("{{end}}", MaxDepth),
		"{{if .Name}}a" + strings.Repeat("{{else if .Name}}b", 200) + "{{end}}",
	} {
		if text, html := compileBoth(t, body, testAttributes); text != nil || html != nil {
			t.Errorf("%s: text: %v; html: %v", body, text, html)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, tc := range []struct{ body, want string }{
		{"a\nb\n{{.Naem}}", "body, line 3: unknown field .Naem. Did you mean .Name? Known fields: .Name, .Email, .Attributes.agency, .Attributes.branch."},
		{"{{.name}}", "Did you mean .Name?"},
		{"{{.agency}}", "Did you mean .Attributes.agency?"},
		{"{{.Attributes.agancy}}", "no subscriber has this attribute. Did you mean .Attributes.agency?"},
		{`{{index .Attributes "agancy"}}`, "Did you mean .Attributes.agency?"},
		{`{{index .Attributes .Name}}`, "in quotation marks"},
		{`{{.Name | index .Attributes}}`, "in quotation marks"},
		{`{{index .Name 1}}`, "index"},
		{"{{Name}}", "Name is written without its dot. Did you mean .Name?"},
		{"{{uper .Name}}", "unknown function uper. Did you mean upper?"},
		{"{{.}}", "whole recipient"}, {"{{$}}", "whole recipient"}, {"{{.Attributes}}", "can't be printed as a whole"},
		{"{{.Name.First}}", ".Name has no fields of its own"}, {"{{.Attributes.agency.x}}", "no fields of its own"},
		{"{{with .Name}}\n{{.Email}}{{end}}", "line 2: .Email: here the dot is a text"},
		{`{{printf "%300000000d" 1}}`, "unknown function printf"}, {`{{print .}}`, "unknown function print"},
		{`{{println 1}}`, "unknown function"}, {`{{call .Name}}`, "unknown function"}, {`{{slice .Name 1}}`, "unknown function"},
		{`{{js .Name}}`, "unknown function"}, {`{{html .Name}}`, "unknown function"}, {`{{urlquery (urlquery .Name)}}`, "urlquery can't take a value for a URL"}, {`{{.Name | urlquery | upper}}`, "upper can't take a value for a URL"},
		{`{{urlquery (or (urlquery .Name) .Name)}}`, "urlquery can't take"},
		{`{{_html_template_jsvalescaper .Name}}`, "unknown function"},
		{"{{range .Attributes}}x{{end}}", "{{range}} can't be used"}, {"{{range 1000000000}}x{{end}}", "{{range}} can't be used"},
		{"{{range 9}}{{break}}{{end}}", "{{range}}"},
		{`{{define "x"}}{{template "x"}}{{end}}{{template "x"}}`, "can't be used"},
		{"a\n{{define \"x\"}}y{{end}}", "{{define}}"}, {`{{block "x" .}}y{{end}}`, "can't be used"}, {`{{template "html"}}`, "can't be used"},
		{"{{if .Name}}\nx", "has no {{end}}"}, {"x\n{{end}}", "line 2: there is an {{end}} without"},
		{"{{else}}", "{{else}} without"}, {"x {{.Name", "is not closed"}, {"{{/* x", "comment"},
		{"{{if}}x{{end}}", "something is missing after if"}, {"{{$x}}", "unknown variable"},
		{"{{\"x}}", "quotation mark"}, {"{{break}}", "{{break}} can't be used"},
		{"{{upper}}", "upper has 0 arguments; use it as in {{upper .Name}}"}, {`{{upper 3}}`, "upper can't take a number"},
		{`{{len .Attributes}}`, "len can't take .Attributes"}, {`{{eq .Name 3}}`, "compares a text with a number"},
		{`{{eq .Name}}`, "eq has 1 arguments"}, {`{{lt true false}}`, "can't order"}, {`{{eq . .}}`, "can't take the whole recipient"},
		{`{{.Name .Email}}`, "is not a function"}, {`{{.Name | .Email}}`, "is not a function"}, {`{{"x" | 3}}`, "must be a function"},
		{`{{1.5}}`, "not a whole number"}, {`{{nil}}`, "nil"}, {"{{$x := .}}{{$x = .Name}}", "can't become"},
		{`{{upper (and .Name (eq 1 2))}}`, "upper can't take a value of changing kind"},
		{strings.Repeat("{{if .Name}}", MaxDepth+1) + strings.Repeat("{{end}}", MaxDepth+1), "nested more than"},
		{"{{" + strings.Repeat("(", 100) + ".Name" + strings.Repeat(")", 100) + "}}", "nested more than"},
		{strings.Repeat("{{.Name}}", MaxActions+1), "more than 5000 uses"},
		{"{{.Name" + strings.Repeat("|upper", MaxActions) + "}}", "more than 5000 uses"},
		{"{{eq" + strings.Repeat(" .nothing", 20000) + "}}", "unknown field .nothing"},
		{strings.Repeat("x", MaxSource+1), "the template is 256 KiB"},
		{"a\n\x00", "line 2: there is a control character"}, {"\xff", "not valid UTF-8"},
	} {
		text, html := compileBoth(t, tc.body, testAttributes)
		for part, err := range map[string]error{"text": text, "html": html} {
			var p Problems
			if !errors.As(err, &p) || !strings.Contains(err.Error(), tc.want) || !strings.HasPrefix(err.Error(), part+" body") {
				t.Errorf("%s as %s: %v\nwant %q", words.Clip(tc.body), part, err, tc.want)
			}
		}
	}
}

func TestHTMLOnly(t *testing.T) {
	for _, tc := range []struct{ body, want string }{
		{"<p>\n<a href='{{if .Name}}x'{{end}}>", "html body, line 2: the branches"},
		{"<p>\n<a href='", "the HTML ends inside"},
	} {
		_, err := Compile(Source{Subject: "s", HTML: tc.body}, nil)
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", tc.body, err, tc.want)
		}
	}
}

func TestProblemsOfAllPartsAtOnce(t *testing.T) {
	_, err := Compile(Source{Subject: "{{.A}}", Text: "x\n{{.B}}\n{{.C}}", HTML: "{{.D}}"}, nil)
	var p Problems
	if !errors.As(err, &p) || len(p) != 4 || p[0].Piece != PieceSubject || p[2].Line != 3 || p[3].Piece != PieceHTML {
		t.Errorf("%v", err)
	}
	_, err = Compile(Source{Subject: "s", Text: strings.Repeat("{{.X}}\n", 1000)}, nil)
	if !errors.As(err, &p) || len(p) != maxProblems {
		t.Errorf("%d problems, want %d", len(p), maxProblems)
	}
}

func TestSubjectAndBodyAreNeeded(t *testing.T) {
	for _, tc := range []struct {
		src  Source
		want string
	}{
		{Source{Text: "x"}, "subject: the subject is empty"},
		{Source{Subject: "a\nb", Text: "x"}, "single line"},
		{Source{Subject: "s", Text: " \n"}, "there is no body"},
	} {
		if _, err := Compile(tc.src, nil); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%+v: %v", tc.src, err)
		}
	}
}

func TestUnknownAttributesAreLetThrough(t *testing.T) {
	if _, err := Compile(Source{Subject: "s", Text: "{{.Attributes.anything}}"}, nil); err != nil {
		t.Error(err)
	}
	if _, err := Compile(Source{Subject: "s", Text: "{{.Attributes.anything}}"}, []string{}); err == nil {
		t.Error("no attributes exist, but one is allowed")
	}
}
