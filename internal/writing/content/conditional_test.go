package content

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func TestConditionalCommentsAreSent(t *testing.T) {
	for _, tc := range [][2]string{
		{`<!--[if mso | IE]><table><tr><td width="300"><![endif]--><div>left</div><!--[if mso | IE]></td></tr></table><![endif]-->`, ""},
		{`<!--[if !mso]><!--><p>others</p><!--<![endif]-->`, ""},
		{`<!--[if !mso]><!-- --><p>others</p><!-- <![endif]-->`, ""},
		{`<![if !mso]><p>others</p><![endif]>`, ""},
		{`<!--[if gte mso 9]><noscript><xml><o:OfficeDocumentSettings><o:PixelsPerInch>96</o:PixelsPerInch></o:OfficeDocumentSettings></xml></noscript><![endif]-->`, ""},
		{`<!--[if mso]><style>.x { font-family: Arial }</style><![endif]-->`, ""},
		{`<!--[if mso]><v:rect href="https://x.example/{{.Name}}" fill="t"><v:fill color="#fff" /><center>{{.Name}}</center></v:rect><![endif]-->`,
			`<!--[if mso]><v:rect href="https://x.example/Jo%20Lee" fill="t"><v:fill color="#fff" /><center>Jo Lee</center></v:rect><![endif]-->`},
		{`<!--[if mso]>{{if .Name}}<p>{{.Name}}</p>{{else}}<p>you</p>{{end}}<![endif]-->`, `<!--[if mso]><p>Jo Lee</p><![endif]-->`},
		{`{{if .Name}}<!--[if mso]><p>a</p><![endif]-->{{end}}<p>b</p>`, `<!--[if mso]><p>a</p><![endif]--><p>b</p>`},
		{`<p title="<!--[if mso]>">a</p><!-- plain --><p>b</p>`, `<p title="<!--[if mso]>">a</p><p>b</p>`},
	} {
		if tc[1] == "" {
			tc[1] = tc[0]
		}
		got, err := mustCompile(t, Source{Subject: "s", HTML: tc[0]}).Render(Data{Name: "Jo Lee"})
		if err != nil || got.HTML != tc[1] {
			t.Errorf("%s\n%s\n%v", tc[0], got.HTML, err)
		}
		if problems := checkSourceHTML(tc[0]); len(problems) > 0 {
			t.Errorf("%s\n%v", tc[0], problems)
		}
	}
}

func checkSourceHTML(src string) Problems {
	at := Place{Piece: PieceHTML}
	tree, _, problems := ParseSet(at, src)
	if len(problems) > 0 {
		return problems
	}
	return CheckHTML(at, src, tree.Root.Nodes)
}

// elements are the kinds of tokens of a document and the names of tags.
func elements(document string) string {
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(document))
	for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
		if kind != html.TextToken {
			b.WriteString(kind.String())
		}
		if t := z.Token(); kind == html.StartTagToken || kind == html.EndTagToken {
			b.WriteString(" " + t.Data + "\n")
		}
	}
	return b.String()
}

// A value that could end the comment would be read by everybody, and could be
// code.
func TestNoValueEndsAConditionalComment(t *testing.T) {
	for _, place := range []string{"<p>{{.Name}}</p>", `<p title="{{.Name}}">x</p>`, `<p title='{{.Name}}'>x</p>`, `<a href="https://x.example/{{.Name}}">x</a>`, `<a href="https://x.example/?{{.Name}}">x</a>`, `<p style="color:{{.Name}}">x</p>`, "<title>{{.Name}}</title>", "<style>p{color:{{.Name}}}</style>", "{{.Name}}"} {
		src := "<!--[if mso]>" + place + "<![endif]--><p>y</p>"
		if problems := checkSourceHTML(src); len(problems) > 0 {
			t.Errorf("%s: %v", src, problems)
		}
		compiled := mustCompile(t, Source{Subject: "s", HTML: src})
		for _, value := range []string{"-->", "--!>", "<![endif]--><script>alert(1)</script>", "--><b>", "-", "--", ">", "--\u003e", "&#45;&#45;&gt;", "]]>"} {
			got, err := compiled.Render(Data{Name: value})
			if err != nil {
				continue // refused
			}
			if want := elements(strings.ReplaceAll(src, "{{.Name}}", "x")); elements(got.HTML) != want {
				t.Errorf("%q in %s\n%s", value, place, got.HTML)
			}
		}
	}
}

func TestHTMLThatWouldBeChangedIsRefused(t *testing.T) {
	for _, tc := range []struct {
		src, says string
		line      int
	}{
		{"<p>\n<!--[if mso]>x --></p>", "a conditional comment begins here that isn't whole", 2},
		{"<!--[if {{.Name}}]>x<![endif]-->", "a conditional comment begins here that isn't whole", 1},
		{"<!--[if mso]>{{.Name}}><![endif]-->", "could end the comment", 1},
		{"<!--[if mso]>{{if .Name}}-{{end}}-><![endif]-->", "could end the comment", 1},
		{"<p>a</p>\n<![CDATA[x]]>", "mail programs don't read <![CDATA[x]]...", 2},
		{"<?xml version='1.0'?><p>a</p>", "mail programs don't read <?xml", 1},
		{"<!ELEMENT a><p>a</p>", "mail programs don't read <!ELEMENT", 1},
		{"<p>a</p>\n<script>var x = {{.Name}}</script>", "stands in a script", 2},
		{`<p onclick="f('{{.Name}}')">x</p>`, "stands in a script", 1},
		{`<a href={{.Attributes.url}}>x</a>`, "without quotation marks", 1},
		{`<p {{.Attributes.x}}>x</p>`, "name of a tag or of an attribute", 1},
		{`<img alt="" srcset="{{.Attributes.url}} 2x">`, "stands in srcset", 1},
	} {
		problems := checkSourceHTML(tc.src)
		if len(problems) != 1 || problems[0].Line != tc.line || !strings.Contains(problems[0].Message, tc.says) {
			t.Errorf("%s\n%v\nwant line %d: %s", tc.src, problems, tc.line, tc.says)
		}
		if _, err := Compile(Source{Subject: "s", HTML: tc.src}, nil); err != nil {
			t.Errorf("%s\n%v\nwhat was frozen before this was refused must be sent", tc.src, err)
		}
	}
	if problems := checkSourceHTML(`<script type="application/ld+json">{"name": "{{.Name}}"}</script>`); len(problems) > 0 {
		t.Errorf("%v: data isn't run", problems)
	}
}

// Nobody gets a word of html/template's in place of a value.
func TestValuesAreSafeOrTheRecipientIsRefused(t *testing.T) {
	for _, tc := range []struct{ src, value, want string }{
		{`<a href="{{.Name}}">x</a>`, "https://x.example/a?b=1&c=2", `<a href="https://x.example/a?b=1&amp;c=2">x</a>`},
		{`<a href="{{.Name}}">x</a>`, " https://x.example/ ", `<a href="https://x.example/">x</a>`},
		{`<a href="{{.Name}}">x</a>`, "tel:+16175550177", `<a href="tel:&#43;16175550177">x</a>`},
		{`<a href="{{.Name}}">x</a>`, "sms:+1617", `<a href="sms:&#43;1617">x</a>`},
		{`<a href="{{.Name}}">x</a>`, "webcal://x.example/cal", `<a href="webcal://x.example/cal">x</a>`},
		{`<a href="{{.Name}}">x</a>`, "MAILTO:a@x.example", `<a href="MAILTO:a@x.example">x</a>`},
		{`<a href="tel:{{.Name}}">x</a>`, "+1 617", `<a href="tel:&#43;1%20617">x</a>`},
		{`<a href="{{.Name}}">x</a>`, "", `<a href="">x</a>`},
		{`<img alt="" src="{{.Name}}">`, "cid:logo", `<img alt="" src="cid:logo">`},
		{`<p style="color:{{.Name}}">x</p>`, "rgb(1, 2, 3)", `<p style="color:rgb(1, 2, 3)">x</p>`},
		{`<p style="color:{{.Name}}">x</p>`, "hsl(120deg 50% 50% / 0.5)", `<p style="color:hsl(120deg 50% 50% / 0.5)">x</p>`},
		{`<p style="color:{{.Name}}">x</p>`, "#ff0000", `<p style="color:#ff0000">x</p>`},
		{`<p style="background:url('{{.Name}}')">x</p>`, "https://x.example/i.png", `<p style="background:url('https://x.example/i.png')">x</p>`},
		{`<a href="{{.Name}}">x</a>`, "javascript:alert(1)", ""},
		{`<a href="{{.Name}}">x</a>`, " java\tscript:alert(1)", ""},
		{`<a href="{{.Name}}">x</a>`, "&#106;avascript:alert(1)", ""},
		{`<a href="{{.Name}}">x</a>`, "data:text/html,x", ""},
		{`<a href="{{.Name}}">x</a>`, "C:/share/doc.docx", ""},
		{`<p style="background:url({{.Name}})">x</p>`, "javascript:alert(1)", ""},
		{`<p style="color:{{.Name}}">x</p>`, "expression(alert(1))", ""},
		{`<p style="color:{{.Name}}">x</p>`, "rgb(1,2,3);position:fixed", ""},
		{`<p style="color:{{.Name}}">x</p>`, "red;position:fixed", ""},
		{`<p title={{.Name}}>x</p>`, "", ""},
		{`<p {{.Name}}>x</p>`, "onclick", ""},
	} {
		got, err := mustCompile(t, Source{Subject: "s", HTML: tc.src}).Render(Data{Name: tc.value})
		var refused *Refused
		if tc.want == "" {
			if !errors.As(err, &refused) || refused.Part != PartHTML || !strings.Contains(refused.Reason, "{{.Name}}") || tc.value != "" && strings.Contains(refused.Reason, tc.value) {
				t.Errorf("%s with %q: %q, %v", tc.src, tc.value, got.HTML, err)
			}
			continue
		}
		if err != nil || got.HTML != tc.want {
			t.Errorf("%s with %q: %q, %v\nwant %q", tc.src, tc.value, got.HTML, err, tc.want)
		}
	}
}
