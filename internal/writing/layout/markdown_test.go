package layout

import (
	"strings"
	"testing"

	"crier.dev/crier/internal/writing/content"
)

// bodyOf is what stands between <body> and </body>.
func bodyOf(html string) string {
	_, html, _ = strings.Cut(html, "<body>\n")
	html, _, _ = strings.Cut(html, "</body>")
	return html
}

func TestMarkdown(t *testing.T) {
	for _, tc := range []struct{ name, markdown, html, text string }{
		{"text", "Dear {{ .Name }},\n**you** & _{{.Email}}_", "<p>Dear Ann &lt;b&gt;,\n<strong>you</strong> &amp; <em>ann@x.example</em></p>\n", "Dear Ann <b>, you & ann@x.example\n"},
		{"heading", "# {{.Name}}\nx", "<h1>Ann &lt;b&gt;</h1>\n<p>x</p>\n", "Ann <b>\n\nx\n"},
		{"link", "[l {{.Name}}](https://e.example/?id={{ .Attributes.id }}&x=1)", `<p><a href="https://e.example/?id=a%26b&amp;x=1">l Ann &lt;b&gt;</a></p>` + "\n", "l Ann <b> <https://e.example/?id=a%26b&x=1>\n"},
		{"link with a function", "[l](https://e.example/{{ .Attributes.none | default \"x}}y\" }})", `<p><a href="https://e.example/x%7d%7dy">l</a></p>` + "\n", "l <https://e.example/x%7d%7dy>\n"},
		{"bare link", "https://e.example/?id={{.Attributes.id}} or www.e.example", `<p><a href="https://e.example/?id=a%26b">https://e.example/?id=a&amp;b</a> or <a href="http://www.e.example">www.e.example</a></p>` + "\n", "https://e.example/?id=a%26b or www.e.example\n"},
		{"picture", "![A {{.Name}}](https://e.example/x.png \"t\")", `<p><img src="https://e.example/x.png" alt="A Ann &lt;b&gt;" title="t"></p>` + "\n", "A Ann <b>\n"},
		{"condition around a paragraph", "a\n\n{{ if .Attributes.gone }}\n\nb\n\n{{ end }}\n\nc", "<p>a</p>\n\n<p>c</p>\n", "a\n\nc\n"},
		{"condition around a paragraph, true", "a\n\n{{ if .Name }}\n\nb\n\n{{ end }}\n\nc", "<p>a</p>\n\n<p>b</p>\n\n<p>c</p>\n", "a\n\nb\n\nc\n"},
		{"condition without empty lines", "a\n{{if .Attributes.gone}}\nb\n{{else if .Name}}\nc\n{{else}}\nd\n{{end}}\ne", "<p>a</p>\n\n<p>c</p>\n\n<p>e</p>\n", "a\n\nc\n\ne\n"},
		{"condition in a line", "a {{if .Attributes.gone}}b{{else}}*c*{{end}} d", "<p>a <em>c</em> d</p>\n", "a c d\n"},
		{"condition in a whole paragraph", "a\n\n{{if .Attributes.gone}}b{{end}}\n\nc", "<p>a</p>\n<p></p>\n<p>c</p>\n", "a\n\nc\n"},
		{"condition around items", "- a\n{{if .Name}}\n- b\n{{end}}\n- c", "<ul>\n<li>a</li>\n</ul>\n\n<ul>\n<li>b</li>\n</ul>\n\n<ul>\n<li>c</li>\n</ul>\n", "- a\n\n- b\n\n- c\n"},
		{"with", "{{with .Attributes.office}}Office: {{.}}, {{$.Name}}{{end}}", "<p>Office: Denver, Ann &lt;b&gt;</p>\n", "Office: Denver, Ann <b>\n"},
		{"table", "| a | b |\n|---|--:|\n| {{.Name}} | 2 |", "<table>\n<thead>\n<tr>\n<th>a</th>\n<th style=\"text-align:right\">b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>Ann &lt;b&gt;</td>\n<td style=\"text-align:right\">2</td>\n</tr>\n</tbody>\n</table>\n", "a | b\nAnn <b> | 2\n"},
		{"struck", "~~a~~", "<p><del>a</del></p>\n", "a\n"},
		{"code", "```\n{{if .Name}}\n x {{.Name}}\n{{end}}\n```\n`{{.Email}}`", "<pre><code>\n x Ann &lt;b&gt;\n\n</code></pre>\n<p><code>ann@x.example</code></p>\n", " x Ann <b>\n\nann@x.example\n"},
		{"HTML", "<div class=\"x\">\n\na\n\n</div>\n<b>{{.Name}}</b>", "<div class=\"x\">\n<p>a</p>\n</div>\n<b>Ann &lt;b&gt;</b>", "a\n\nAnn <b>\n"},
		{"quotation", "> a\n> {{if .Name}}\n> b\n> {{end}}", "<blockquote>\n<p>a</p>\n\n<p>b</p>\n</blockquote>\n", "> a\n>\n> b\n"},
		{"braces that are no action", `&#123;&#123; .Name }} \{\{x}} {{"{{"}}`, "<p>{{ .Name }} {{x}} {{</p>\n", "{{ .Name }} {{x}} {{\n"},
		{"brace before an action", `{{"{"}}{{.Name}}}`, "<p>{Ann &lt;b&gt;}</p>\n", "{Ann <b>}\n"},
		{"spaces are trimmed", "a {{- \" b\" -}} c", "<p>a bc</p>\n", "a bc\n"},
		{"comment", "a\n{{/* \"not said */}}\nb", "<p>a</p>\n\n<p>b</p>\n", "a\n\nb\n"},
		{"a value and a fact", "{{.Values.v}} {{.List.Name}}", "<p>&lt;V&gt; News</p>\n", "<V> News\n"},
		{"with a static value", "{{with .Values.v}}{{.}}{{end}}{{if eq .Values.v \"<V>\"}}!{{end}}", "<p>&lt;V&gt;!</p>\n", "<V>!\n"},
	} {
		r, err := Assemble(Input{Subject: "s", Body: Body{Markdown: tc.markdown}, Values: map[string]string{"v": "<V>"}, List: List{Name: "News"}})
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		got := render(t, r, ann)
		if html := bodyOf(got.HTML); html != tc.html || got.Text != tc.text {
			t.Errorf("%s: %q\nwant %q\ntext %q\nwant %q", tc.name, html, tc.html, got.Text, tc.text)
		}
	}
}

func TestWithoutTemplate(t *testing.T) {
	for _, tc := range []struct {
		name       string
		body       Body
		html, text string
	}{
		{"html", Body{HTML: "<p>a {{.Name}}</p>"}, "<p>a Ann &lt;b&gt;</p>", "a Ann <b>\n"},
		{"html and text", Body{HTML: "<p>a</p>", Text: "own {{.Name}}"}, "<p>a</p>", "own Ann <b>"},
		{"text", Body{Text: "a\n\n{{if .Name}}b <c> &amp;{{end}}\n{{.Values.v}}"}, "", "a\n\nb <c> &amp;\nx"},
	} {
		r, err := Assemble(Input{Subject: "{{.Values.v}} {{.Name}}", Body: tc.body, Values: map[string]string{"v": "x"}})
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		if got := render(t, r, ann); got.HTML != tc.html || got.Text != tc.text || got.Subject != "x Ann <b>" {
			t.Errorf("%s: %q", tc.name, got)
		}
	}
}

func TestMarkdownDocument(t *testing.T) {
	r, err := Assemble(Input{Subject: "For {{.Name}} & you", Body: Body{Markdown: "Hello"}, Language: "es"})
	if err != nil {
		t.Fatal(err)
	}
	got := render(t, r, ann)
	for _, want := range []string{`<html lang="es">`, `<meta charset="utf-8">`, "<title>For Ann &lt;b&gt; &amp; you</title>", "color-scheme: light dark", "<body>\n<p>Hello</p>\n</body>"} {
		if !strings.Contains(got.HTML, want) {
			t.Errorf("no %s in %s", want, got.HTML)
		}
	}
	if got.Text != "Hello\n" || r.FooterInHTML || r.FooterInText {
		t.Errorf("%q %+v", got.Text, r)
	}
}

// A text of the author's own stands where the body does.
func TestOwnText(t *testing.T) {
	r, err := Assemble(Input{
		Template: &Template{Name: "t", HTML: "<h1>H</h1>{{.Body}}<p>F</p>"}, Subject: "s",
		Body: Body{Markdown: "*a*", Text: "own {{.Name}} <x>\n  text\n{{if .Attributes.gone}}no{{end}}"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := render(t, r, ann); got.Text != "H\n\nown Ann <b> <x>\n  text\n\n\nF\n" || !strings.Contains(got.HTML, "<em>a</em>") {
		t.Errorf("%q", got)
	}
	r, err = Assemble(Input{Template: &Template{Name: "t", HTML: "<h1>H</h1>{{.Body}}"}, Subject: "s", Body: Body{Text: "a <b>\n\nc\nd"}})
	if got := render(t, r, ann); err != nil || got.HTML != "<h1>H</h1><p>a &lt;b&gt;</p>\n<p>c<br>\nd</p>" || got.Text != "H\n\na <b>\n\nc\nd\n" {
		t.Errorf("%v %q", err, got)
	}
}

// What comes out has to be the same every time: it is part of what a broadcast
// is known by.
func TestSameEveryTime(t *testing.T) {
	in := Input{Subject: "s", Body: Body{Markdown: "# a\n\n{{if .Name}}\n[x](https://x.example/{{.Name}})\n{{end}}"}, Values: map[string]string{"a": "1", "b": "2"}}
	first, err := Assemble(in)
	for range 5 {
		again, err2 := Assemble(in)
		if err != nil || err2 != nil || first.Source != again.Source {
			t.Fatalf("%v %v\n%+v\n%+v", err, err2, first, again)
		}
	}
}

func TestWarnings(t *testing.T) {
	for _, tc := range []struct {
		body Body
		want string
	}{
		{Body{Markdown: "a\n\n![](https://x.example/y)"}, "markdown body, line 3: a picture has no text"},
		{Body{HTML: "<img src=x>"}, "the message put together, html: an image has no alt"},
		{Body{HTML: "<img src=x alt=''>"}, ""},
	} {
		r, err := Assemble(Input{Subject: "s", Body: tc.body})
		if got := r.Warnings.Error(); err != nil || !strings.HasPrefix(got, tc.want) || tc.want == "" && got != "" {
			t.Errorf("%+v: %v %q", tc.body, err, got)
		}
	}
}

func TestFooter(t *testing.T) {
	for _, tc := range []struct {
		html, text string
		body       Body
		in         [2]bool
	}{
		{"{{.Body}}", "", Body{Markdown: "x"}, [2]bool{false, false}},
		{"{{.Body}}{{.List.Footer}}", "", Body{Markdown: "x"}, [2]bool{true, true}},
		{"{{.Body}}{{.List.Footer}}", "", Body{Markdown: "x", Text: "own"}, [2]bool{true, true}},
		{"{{.Body}}{{.List.Footer}}", "{{.Body}}", Body{Markdown: "x"}, [2]bool{true, false}},
		{"{{.Body}}", "{{.Body}}{{with .List.Footer}}{{.}}{{end}}", Body{Markdown: "x"}, [2]bool{false, true}},
		{"{{.Body}}{{if .Name}}{{.List.Footer}}{{end}}", "", Body{Markdown: "x"}, [2]bool{false, false}},
		{"{{.Body}}", "", Body{Markdown: "{{.List.Footer}}"}, [2]bool{true, true}},
		{"{{.Body}}", "", Body{Markdown: "{{.List.Footer}}", Text: "own"}, [2]bool{true, false}},
	} {
		r, err := Assemble(Input{Template: &Template{Name: "t", HTML: tc.html, Text: tc.text}, Subject: "s", Body: tc.body, List: List{Footer: "why"}})
		if err != nil || [2]bool{r.FooterInHTML, r.FooterInText} != tc.in {
			t.Errorf("%s / %s: %v %v %v", tc.html, tc.text, err, r.FooterInHTML, r.FooterInText)
		}
		if err == nil && (strings.Contains(r.HTML, "why") || strings.Contains(r.Text, "why")) != (tc.in != [2]bool{}) && !strings.Contains(tc.html, "if") {
			t.Errorf("%+v", r.Source)
		}
	}
}

// Data of subscribers never is code, whatever it looks like.
func TestDataIsInert(t *testing.T) {
	r, err := Assemble(Input{
		Template: &Template{Name: "t", Parameters: []Parameter{{Name: "v"}}, HTML: "<p>{{.Values.v}}</p>{{.Body}}"},
		Subject:  "{{.Name}}", Values: map[string]string{"v": "{{.Name}}"}, Body: Body{Markdown: "{{.Name}}"},
	})
	if err != nil {
		t.Fatal(err)
	}
	got := render(t, r, content.Data{Name: "{{.Email}}", Email: "secret@x.example"})
	if strings.Contains(got.HTML+got.Text+got.Subject, "secret") || strings.Count(got.HTML, "{{.Email}}") != 2 {
		t.Errorf("%+v", got)
	}
}
