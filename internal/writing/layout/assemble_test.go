package layout

import (
	"errors"
	"strings"
	"testing"

	"crier.dev/crier/internal/writing/content"
)

// render is what one recipient gets.
func render(t testing.TB, r Result, d content.Data) content.Rendered {
	t.Helper()
	tpl, err := content.Compile(r.Source, nil)
	if err != nil {
		t.Fatalf("%v\n%+v", err, r.Source)
	}
	out, err := tpl.Render(d)
	if err != nil {
		t.Fatalf("%v\n%+v", err, r.Source)
	}
	return out
}

var ann = content.Data{Name: "Ann <b>", Email: "ann@x.example", Attributes: map[string]string{"id": "a&b", "office": "Denver"}}

func TestLayout(t *testing.T) {
	params := []Parameter{
		{Name: "headline"}, {Name: "intro", Type: Markdown}, {Name: "url", Type: URL}, {Name: "color", Type: Color, Default: "navy"},
		{Name: "count", Type: Integer}, {Name: "urgent", Type: Boolean}, {Name: "on", Type: Date}, {Name: "a-b"},
	}
	sections := []Section{{Title: "One & 1", Markdown: "*x*", LinkURL: "https://a.example/?a=b&c", LinkText: "go"}, {Title: "Two {{.Name}}", Markdown: "y"}}
	for _, tc := range []struct {
		name, layout string
		values       map[string]string
		want         string // in HTML
	}{
		{"value", "<p>{{.Values.headline}}</p>", map[string]string{"headline": "a < {{.Name}}"}, "<p>a &lt; Ann &lt;b&gt;</p>"},
		{"template code in quotes", "<p>{{.Values.headline}}</p>", map[string]string{"headline": `{{"{{.Email}}"}}`}, "<p>{{.Email}}</p>"},
		{"value in an attribute", `<p title="{{.Values.headline}}">`, map[string]string{"headline": `"><script>{{.Name}}`}, `<p title="&#34;&gt;&lt;script&gt;Ann &lt;b&gt;">`},
		{"value in a link", `<a href="{{.Values.url}}">`, map[string]string{"url": "https://x.example/?a=1&id={{.Attributes.id}}"}, `<a href="https://x.example/?a=1&amp;id=a%26b">`},
		{"static link", `<a href="{{.Values.url}}">{{.Values.url}}</a>`, map[string]string{"url": "https://x.example/?a=1&b=ä"}, `<a href="https://x.example/?a=1&amp;b=%c3%a4">https://x.example/?a=1&amp;b=ä</a>`},
		{"telephone", `<a href="{{.Values.url}}">`, map[string]string{"url": "tel:+1-303-555-0100"}, `<a href="tel:+1-303-555-0100">`},
		{"color", `<p style="color:{{.Values.color}}">`, map[string]string{"color": "#1a2B3c"}, `<p style="color:#1a2B3c">`},
		{"default", `<p style="color:{{.Values.color}}">`, nil, `<p style="color:navy">`},
		{"no value", `<p>{{.Values.headline}}{{.Values.count}}{{.Values.on}}{{.Values.intro}}</p>`, nil, `<p></p>`},
		{"integer", `{{.Values.count}}{{if gt .Values.count 3}} many{{end}}`, map[string]string{"count": "12"}, "12 many"},
		{"integer, none", `{{if gt .Values.count 3}}many{{else}}few{{end}}`, nil, "few"},
		{"boolean", `{{if .Values.urgent}}now{{else}}later{{end}}`, map[string]string{"urgent": "true"}, "now"},
		{"boolean, false", `{{if not .Values.urgent}}later{{end}}`, map[string]string{"urgent": "false"}, "later"},
		{"date", `{{.Values.on}}{{if eq .Values.on "2026-11-30"}}!{{end}}`, map[string]string{"on": "2026-11-30"}, "Monday, 30 November 2026!"},
		{"date and time", `{{.Values.on}}`, map[string]string{"on": "2026-11-30T17:00:00-05:00"}, "Monday, 30 November 2026, 17:00 (UTC-05:00)"},
		{"markdown", `{{.Values.intro}}`, map[string]string{"intro": "# Hi {{.Name}}\n\n- a\n- b"}, "<h1>Hi Ann &lt;b&gt;</h1>\n<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"},
		{"name with a dash", `{{index .Values "a-b"}}{{if index .Values "a-b"}}!{{end}}`, map[string]string{"a-b": "x"}, "x!"},
		{"functions", `{{.Values.headline | upper}} {{upper .Values.headline}} {{.Name | default .Values.headline}}`, map[string]string{"headline": "a"}, "A A Ann &lt;b&gt;"},
		{"letter case", `{{upper .Values.headline}};{{.Values.headline | lower}};{{with .Attributes.office}}{{upper $.Values.headline}}{{end}}`,
			map[string]string{"headline": `Für {{.Name | default "x"}}{{if .Email}} Ja {{end}}{{$x := .Attributes.id}}{{$x}}`},
			"FÜR ANN &lt;B&gt; JA A&amp;B;für ann &lt;b&gt; ja a&amp;b;FÜR ANN &lt;B&gt; JA A&amp;B"},
		{"letter case of sections", `{{range .Sections}}{{upper .Title}};{{end}}`, nil, "ONE &amp; 1;TWO ANN &lt;B&gt;;"},
		{"if", `{{if .Values.headline}}<b>{{.Values.headline}}</b>{{else}}none{{end}}`, map[string]string{"headline": "{{.Name}}"}, "<b>Ann &lt;b&gt;</b>"},
		{"with", `{{with .Values.headline}}<b>{{.}}{{$.Email}}</b>{{end}}{{with .Values.url}}{{.}}{{else}}-{{end}}`, map[string]string{"headline": "x"}, "<b>xann@x.example</b>-"},
		{"with values", `{{with .Values}}{{.headline}}{{end}}{{with .List}}{{.Name}}{{end}}`, map[string]string{"headline": "x"}, "xNews"},
		{"and, or, eq", `{{if and .Values.headline (or .Values.url (eq .Values.headline "x"))}}a{{end}}{{if and .Values.url .Name}}b{{end}}{{if or .Values.headline .Name}}c{{end}}{{if and .Values.headline .Name}}d{{end}}`, map[string]string{"headline": "x"}, "acd"},
		{"else if", `{{if .Values.url}}a{{else if .Values.headline}}b{{else}}c{{end}}`, map[string]string{"headline": "x"}, "b"},
		{"personal with", `{{with .Attributes.office}}{{.}} {{$.Values.headline}} {{$.Name}}{{end}}`, map[string]string{"headline": "for {{.Email}}{{if .Name}}!{{end}}"}, "Denver for ann@x.example! Ann &lt;b&gt;"},
		{"variables", `{{$x := .Values.headline}}{{$x}}{{if $x}}!{{end}}`, map[string]string{"headline": "x"}, "x!"},
		{"variables of a value stay in it", `{{$x := "outer"}}{{.Values.headline}}{{$x}}`, map[string]string{"headline": `{{$x := .Name}}{{$x}} `}, "Ann &lt;b&gt; outer"},
		{"sections", `{{range .Sections}}<h2>{{.Title}}</h2>{{.Body}}{{with .LinkURL}}<a href="{{.}}">x</a>{{end}}{{if .LinkText}}{{.LinkText}}{{end}}{{else}}none{{end}}{{len .Sections}}`, nil,
			"<h2>One &amp; 1</h2><p><em>x</em></p>\n<a href=\"https://a.example/?a=b&amp;c\">x</a>go<h2>Two Ann &lt;b&gt;</h2><p>y</p>\n2"},
		{"condition on sections", `{{if gt (len .Sections) 1}}many{{end}}{{if .Sections}}!{{end}}`, nil, "many!"},
		{"blocks", `{{block "b" .}}<i>{{.Values.headline}}{{.Name}}</i>{{end}}{{template "b" .}}{{define "s"}}{{.Title}};{{end}}{{range .Sections}}{{template "s" .}}{{end}}{{template "s" .}}`, nil, ""},
		{"blocks of sections", `{{define "s"}}{{.Title}};{{$.LinkText}}{{end}}{{range .Sections}}{{template "s" .}}{{end}}`, nil, "One &amp; 1;goTwo Ann &lt;b&gt;;"},
		{"blocks of the recipient", `{{block "b" .}}<i>{{.Values.headline}}{{.Name}}</i>{{end}}{{template "b" $}}`, map[string]string{"headline": "x"}, "<i>xAnn &lt;b&gt;</i><i>xAnn &lt;b&gt;</i>"},
		{"facts", `<title>{{.Subject}}</title><html lang="{{.Language}}">{{.List.Name}} {{.List.Author}} {{.List.Address}} {{.List.PostalAddress}} {{.List.Footer}} <a href="{{.List.UnsubscribeURL}}">`, nil,
			`<title>For Ann &lt;b&gt; &amp; you</title><html lang="en">News Jo news@x.example 1 Square<br>` + "\n" + `Denver why <a href="https://x.example/u">`},
		{"body", `<body>{{/* here */}}{{.Body}}{{- /* x */ -}}</body>`, nil, "<body><p>Body <a href=\"https://x.example/?a%26b\">l</a></p>\n</body>"},
	} {
		tpl := &Template{Name: "t", Parameters: params, HTML: "{{if .Body}}{{end}}{{if .Sections}}{{end}}" + tc.layout + "{{if false}}{{.Body}}{{range .Sections}}{{end}}{{end}}"}
		r, err := Assemble(Input{
			Template: tpl, Subject: "For {{.Name}} & you", Values: tc.values, Sections: sections,
			Body: Body{Markdown: "Body [l](https://x.example/?{{.Attributes.id}})"},
			List: List{Name: "News", Address: "news@x.example", PostalAddress: "1 Square\nDenver", Footer: "why", UnsubscribeURL: "https://x.example/u", Author: "Jo"},
		})
		if err != nil {
			if tc.want != "" {
				t.Errorf("%s: %v", tc.name, err)
			}
			continue
		}
		if got := render(t, r, ann); got.HTML != tc.want {
			t.Errorf("%s: %q\nwant %q\nsource %s", tc.name, got.HTML, tc.want, r.HTML)
		}
		if strings.Contains(r.HTML, ".Values") || strings.Contains(r.HTML, ".Body") || strings.Contains(r.HTML, ".Sections") {
			t.Errorf("%s: something static is left: %s", tc.name, r.HTML)
		}
	}
}

func problemsOf(t *testing.T, in Input) string {
	t.Helper()
	_, err := Assemble(in)
	if err == nil {
		return ""
	}
	var p content.Problems
	if !errors.As(err, &p) || len(p) == 0 || len(p) > maxProblems {
		t.Errorf("%T %v", err, err)
	}
	return err.Error()
}
