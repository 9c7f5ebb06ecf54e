package layout

import (
	"strings"
	"testing"

	"crier.dev/crier/internal/words"
)

func TestProblems(t *testing.T) {
	good := Template{Name: "letter", Parameters: []Parameter{
		{Name: "headline", Description: "What the letter is about.", Required: true}, {Name: "url", Type: URL}, {Name: "color", Type: Color},
		{Name: "count", Type: Integer}, {Name: "urgent", Type: Boolean}, {Name: "on", Type: Date}, {Name: "intro", Type: Markdown},
	}, HTML: "<h1>{{.Values.headline}}</h1>\n{{.Body}}{{range .Sections}}{{.Title}}{{.Body}}{{end}}"}
	base := func() Input {
		tpl := good
		return Input{Template: &tpl, Subject: "s", Values: map[string]string{"headline": "h"}, Body: Body{Markdown: "x"}}
	}
	for _, tc := range []struct {
		name   string
		change func(*Input)
		want   string
	}{
		{"none", func(*Input) {}, ""},
		{"unknown value", func(i *Input) { i.Values["headlin"] = "x" }, "value headlin: template letter has no parameter of this name. Did you mean headline? It has color, count, headline, intro, on, ur"},
		{"missing value", func(i *Input) { i.Values = nil }, "value headline: template letter needs it: What the letter is about; add it to the values"},
		{"empty value", func(i *Input) { i.Values["headline"] = " " }, "value headline: template letter needs it"},
		{"personal field in a value", func(i *Input) { i.Values["headline"] = "a\n{{.Naem}}" }, "value headline, line 2: unknown field .Naem. Did you mean .Name?"},
		{"attribute in a value", func(i *Input) { i.Values["headline"], i.Attributes = "{{.Attributes.agancy}}", []string{"agency"} }, "value headline, line 1: unknown field .Attributes.agancy: no subscriber has this attribute. Did you mean .Attributes.agency?"},
		{"value in a value", func(i *Input) { i.Values["headline"] = "{{.Values.url}}" }, "value headline, line 1: unknown field .Values.url"},
		{"URL", func(i *Input) { i.Values["url"] = "javascript:alert(1)" }, `value url: "javascript:alert(1)" can't be used: a URL begins with https://`},
		{"URL without scheme", func(i *Input) { i.Values["url"] = "www.x.example" }, `value url: "www.x.example" isn't a complete URL; begin it with https://`},
		{"URL with a space", func(i *Input) { i.Values["url"] = "https://x.example/a b" }, `isn't a valid URL`},
		{"personal URL", func(i *Input) { i.Values["url"] = "javascript:{{.Name}}" }, `can't be used`},
		{"color", func(i *Input) { i.Values["color"] = "red;x:y" }, `value color: "red;x:y" isn't a color`},
		{"personal color", func(i *Input) { i.Values["color"] = "{{.Name}}" }, `isn't a color`},
		{"integer", func(i *Input) { i.Values["count"] = "1.5" }, `value count: "1.5" isn't a whole number`},
		{"boolean", func(i *Input) { i.Values["urgent"] = "yes" }, `value urgent: "yes" is neither true nor false`},
		{"date", func(i *Input) { i.Values["on"] = "30.11.2026" }, `value on: "30.11.2026" isn't a date`},
		{"control character", func(i *Input) { i.Values["headline"] = "a\x07" }, "value headline: there is a control character"},
		{"bidi", func(i *Input) { i.Values["headline"] = "a\u202e" }, "value headline: there is a control character, or one that changes the direction"},
		{"NUL", func(i *Input) { i.Values["intro"] = "a\x00" }, "value intro: there is a control"},
		{"description", func(i *Input) { i.Template.Parameters[1].Description = "Where it leads."; i.Values["url"] = "x" }, "(url: Where it leads)"},
		{"line break in the subject", func(i *Input) { i.Subject, i.Values["headline"] = "{{.Values.headline}}", "a\r\nBcc: x" }, "subject, line 1: the value headline has a line break and stands in the subject"},
		{"line break by an action in the subject", func(i *Input) { i.Subject = `{{"a\nb"}}` }, "subject: a message made of it can't be sent: a line break"},
		{"subject of two lines", func(i *Input) { i.Subject = "a\nb" }, "subject, line 2: the subject must be a single line"},
		{"no subject", func(i *Input) { i.Subject = "" }, "subject: the subject is empty"},
		{"subject", func(i *Input) { i.Subject = "{{.Body}}" }, "subject, line 1: unknown field .Body."},
		{"markdown", func(i *Input) { i.Body.Markdown = "a\n\n{{.Valeus.headline}}" }, "markdown body, line 3: unknown field .Valeus.headline. Did you mean .Values.headline?"},
		{"markdown, no end", func(i *Input) { i.Body.Markdown = "a\n\n{{if .Name}}" }, "markdown body, line 3: an {{if}} or {{with}} has no {{end}}"},
		{"define in markdown", func(i *Input) { i.Body.Markdown = `{{define "x"}}{{end}}` }, "markdown body: {{define}} and {{block}} can't be used here"},
		{"script", func(i *Input) { i.Body.Markdown = "a {{.Name}}\n\nb <script>x</script>" }, "markdown body, line 3: <script> can't be used"},
		{"block of script", func(i *Input) { i.Body.Markdown = "a\n\n<div>\n<IFRAME src=x></iframe>\n</div>" }, "markdown body, line 4: <iframe> can't be used"},
		{"event handler", func(i *Input) { i.Body.Markdown = "a\n<img src=x onerror=alert(1)>" }, "markdown body, line 2: <img onerror=...> runs a script"},
		{"a row in a condition", func(i *Input) { i.Body.Markdown = "| a | b |\n|---|---|\n{{if .Name}}\n| 1 | 2 |\n{{end}}\n" }, "markdown body, line 4: a row of a table can't stand in or behind a condition"},
		{"a row with its condition", func(i *Input) { i.Body.Markdown = "| a | b |\n|---|---|\n{{if .Name}}| 1 | 2 |{{end}}\n" }, "markdown body, line 3: {{end}} stands where Markdown leaves it out"},
		{"a cell without a column", func(i *Input) { i.Body.Markdown = "| a | b |\n|---|---|\n| 1 | 2 | {{.Name}} |\n" }, "markdown body, line 3: {{.Name}} stands where Markdown leaves it out"},
		{"script for Outlook", func(i *Input) { i.Body.Markdown = "a\n\n<!--[if mso]><script>x</script><![endif]-->" }, "markdown body, line 3: <script> can't be used"},
		{"script by a link", func(i *Input) { i.Body.Markdown = "a\n\n[x](javascript:alert(1))" }, "markdown body, line 3: a link to javascript:alert(1) can't be used"},
		{"script by a hidden link", func(i *Input) { i.Body.Markdown = "a\n\n<a href='&#106;ava\nscript:x'>" }, "a link to"},
		{"script put together", func(i *Input) { i.Body.Markdown = `a <scr{{"ipt"}}>` }, "can't be used in the name of a tag"},
		{"script by a link put together", func(i *Input) { i.Body.Markdown = `[x]({{"java"}}script:alert)` }, "a link to javascript:alert can't be used"},
		{"action of two lines counts", func(i *Input) { i.Body.Markdown = "{{if\n.Name}}x{{end}}\n\n<form>" }, "markdown body, line 4: <form>"},
		{"both bodies", func(i *Input) { i.Body.HTML = "x" }, "body: there is both Markdown and HTML"},
		{"no body", func(i *Input) { i.Body = Body{} }, "body: there is no body"},
		{"html body", func(i *Input) { i.Body = Body{HTML: "<p>\n{{.x}}"} }, "html body, line 2: unknown field .x"},
		{"html body, open tag", func(i *Input) { i.Body = Body{HTML: "<p>\n<a href='"} }, "html body: the HTML ends inside"},
		{"section", func(i *Input) { i.Sections = []Section{{}, {Title: "{{.x}}"}} }, "section 2, title, line 1: unknown field .x"},
		{"section text", func(i *Input) { i.Sections = []Section{{Markdown: "a\n\n<embed>"}} }, "section 1, line 3: <embed>"},
		{"section link", func(i *Input) { i.Sections = []Section{{LinkURL: "ftp://x"}} }, `section 1, link URL: "ftp://x" can't be used`},
		{"sections without a place", func(i *Input) { i.Template.HTML = "{{.Body}}"; i.Sections = []Section{{}} }, "sections: template letter has no place for sections"},
		{"body without a place", func(i *Input) { i.Template.HTML = "x" }, "body: template letter has no place for a body"},
		{"sections without a template", func(i *Input) { i.Template, i.Sections = nil, []Section{{}} }, "sections: sections need a template"},
		{"too many sections", func(i *Input) { i.Sections = make([]Section, 41) }, "sections: there are 41 sections"},
		{"long value", func(i *Input) { i.Values["headline"] = strings.Repeat("x", MaxValue+1) }, "value headline: it has 16 KiB"},
		{"color in a place that isn't one", func(i *Input) {
			i.Template.HTML = `<p style="width:{{.Values.headline}}">{{.Body}}{{range .Sections}}{{end}}`
			i.Values["headline"] = "expression(1)"
		}, "isn't safe where it stands, in a style"},
		{"too large", func(i *Input) {
			i.Template.HTML = strings.Repeat("{{.Body}}", 30)
			i.Body.Markdown = strings.Repeat("x", 10000)
		}, "the template is"},
		{"unsubscribe", func(i *Input) { i.List.UnsubscribeURL = "x" }, "list, unsubscribe URL"},
		{"language", func(i *Input) { i.Language = `en"` }, "language"},
	} {
		in := base()
		tc.change(&in)
		if got := problemsOf(t, in); !strings.Contains(got, tc.want) || got != "" && tc.want == "" {
			t.Errorf("%s: %q\nwant %q", tc.name, got, tc.want)
		}
	}
}

func TestCheck(t *testing.T) {
	params := []Parameter{{Name: "headline"}, {Name: "intro", Type: Markdown}, {Name: "n", Type: Integer}}
	for _, tc := range []struct{ html, want string }{
		{"<p>{{.Values.headline}}{{.Name}}{{.Attributes.x}}</p>", ""},
		{"<p>\n{{.Valeus.headline}}", "template t, html, line 2: unknown field .Valeus.headline. Did you mean .Values.headline? Known fields: .Name, .Email, .Attributes.<name of an attribute>, .Values.headline, .Values.intro"},
		{"{{.headline}}", "Did you mean .Values.headline?"}, {"{{.Naem}}", "Did you mean .Name?"}, {"{{.name}}", "Did you mean .Name?"},
		{"{{.Values.headlin}}", "unknown field .Values.headlin: there is no such parameter. Did you mean .Values.headline?"},
		{"{{.List.Adr}}", "unknown field .Adr of .List. Known fields: .Address,"},
		{"{{if .Values.headline}}x{{else}}\n{{.Namen}}{{end}}", "line 2: unknown field .Namen"},
		{"{{range .Values}}{{end}}", "{{range}} can only go over .Sections"}, {"{{range $i, $s := .Sections}}{{end}}", "{{range}} can only go over"},
		{"{{range .Sections}}\n{{.Name}}{{end}}", "line 2: .Name: here the dot is a section; write $.Name"},
		{"{{range .Sections}}{{.Titel}}{{end}}", "unknown field .Titel of section. Known fields: .Body, .ImageAlt"},
		{"{{range .Sections}}{{break}}{{end}}", "{{break}}"}, {"{{.Sections}}", "can't be printed as a whole"}, {"{{.Values}}", "can't be printed as a whole"},
		{"{{.}}", "whole recipient"}, {"{{with .Name}}{{.Values.headline}}{{end}}", "write $.Values.headline"},
		{"{{with .Values.headline}}{{.Name}}{{end}}", "write $.Name"},
		{"{{upper .Values.intro}}", "the value intro can't be compared or passed to a function"}, {"{{eq .Values.n \"x\"}}", "compares a number with a text"},
		{`{{template "x" .}}`, `there is no {{define "x"}}`}, {`{{define "x"}}{{template "x" .}}{{end}}{{template "x" .}}`, "contains itself"},
		{`{{define "x"}}{{template "y" .}}{{end}}{{define "y"}}{{template "x" .}}{{end}}{{template "x" .}}`, "contains itself"},
		{`{{define "x"}}a{{end}}{{template "x" .Name}}`, "needs what it is about"}, {`{{define "x"}}a{{end}}{{template "x"}}`, "needs what it is about"},
		{"{{printf .Name}}", "unknown function printf"}, {"{{uper .Values.headline}}", "Did you mean upper?"}, {"<a href='", "the HTML ends inside"},
		{"{{if .Name}}<p title='{{end}}", "the branches of {{if}}"}, {"", "it has no HTML"}, {"{{if", "is not closed"},
		{strings.Repeat("x", MaxTemplate+1), "256 KiB"}, {"{{block \"template t, html\" .}}{{end}}", ""},
	} {
		err := Template{Name: "t", Parameters: params, HTML: tc.html}.Check()
		if tc.want == "" && err != nil && !strings.Contains(tc.html, "block") || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
			t.Errorf("%s: %v\nwant %q", words.Clip(tc.html), err, tc.want)
		}
	}
	for _, tc := range []struct {
		p    Parameter
		want string
	}{
		{Parameter{Name: "1x"}, "begins with a letter"}, {Parameter{Name: "x", Type: "Text"}, `unknown type "Text"`},
		{Parameter{Name: "c", Type: Color, Default: "x"}, `parameter c, default: "x" isn't a color`}, {Parameter{Name: "headline"}, "two parameters of this name"},
	} {
		err := Template{Name: "t", Parameters: append(params[:3:3], tc.p), HTML: "x"}.Check()
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%v: %v", tc.p, err)
		}
	}
}

// A layout that doubles at every step must be refused, soon.
func TestDoubling(t *testing.T) {
	var b strings.Builder
	names := "abcdefghijklmno"
	for i := range len(names) - 1 {
		b.WriteString(`{{define "` + names[i:i+1] + `"}}` + strings.Repeat(`{{template "`+names[i+1:i+2]+`" .}}`, 10) + `{{end}}`)
	}
	b.WriteString(`{{define "o"}}x{{end}}{{template "a" .}}`)
	if err := (Template{Name: "t", HTML: b.String()}).Check(); err == nil || !strings.Contains(err.Error(), "too large") {
		t.Error(err)
	}
}
