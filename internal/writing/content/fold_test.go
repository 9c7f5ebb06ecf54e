package content

import (
	"errors"
	htmltemplate "html/template"
	"strings"
	"testing"
	texttemplate "text/template"
	"text/template/parse"
)

// unfolded renders with the template packages alone.
func unfolded(t *testing.T, src string, d *Data) (text, html string) {
	t.Helper()
	var out strings.Builder
	if err := texttemplate.Must(texttemplate.New("t").Funcs(implementations()).Parse(src)).Execute(&out, d); err != nil {
		t.Fatal(err)
	}
	text = out.String()
	out.Reset()
	if err := htmltemplate.Must(htmltemplate.New("t").Funcs(implementations()).Parse(src)).Execute(&out, d); err != nil {
		t.Fatal(err)
	}
	return text, out.String()
}

var nasty = []string{
	`"plain"`, `"<b>&\"'"`, `"https://x.example/?a=b&c=d e"`, `"javascript:alert(1)"`, `"#f00"`, `"a;b:c"`, `"</script>\n\u2028x"`, `""`, `3`, `true`,
	`"x" | upper`, `(upper "y") | lower`, `eq "a" "a"`,
}

func TestFoldingChangesNothing(t *testing.T) {
	for _, place := range []string{
		"<p>{{C}}</p>", `<a title="{{C}}">`, `<a title={{C}}>`, `<a href="{{C}}">`, `<a href="/x?{{C}}">`, `<a href="{{C}}/{{.Name}}?q={{C}}">`,
		`<p style="color:{{C}}">`, `<style>p{color:{{C}}}</style>`, `<script>var x = {{C}};</script>`, `<script>var x = "{{C}}";</script>`,
		`<a onclick="f({{C}})">`, `<img srcset="{{C}} 2x">`, `<textarea>{{C}}</textarea>`, `<{{C}}>`, `<!-- {{C}} -->x`,
		`{{if C}}a{{C}}{{else}}b{{.Name}}{{end}}c`, `{{with C}}{{.}}{{else}}none{{end}}`, `{{$v := C}}{{$v}}`,
		`{{if .Name}}{{C}}{{else}}{{C}}<{{end}}`, `{{$x := .Name}}{{if C}}{{$x := .Email}}{{$x}}{{end}}{{$x}}`, `{{if and C .Name}}x{{end}}`,
		`{{.Name}}{{/* c */}}{{C}} {{- C}}`, `{{if not C}}<p>{{else if C}}<b>{{end}}`,
	} {
		for _, c := range nasty {
			src := strings.ReplaceAll(place, "C", "("+c+")")
			data := Data{Name: "<Jo> & \"'", Email: "a@b.example"}
			wantText, wantHTML := unfolded(t, src, &data)
			got, err := mustCompile(t, Source{Subject: "s", Text: src, HTML: src}).Render(data)
			var refused *Refused
			if strings.Contains(wantHTML, "ZgotmplZ") {
				if !errors.As(err, &refused) || refused.Part != PartHTML || !strings.Contains(refused.Reason, "{{") {
					t.Errorf("%s: %v; html/template replaces the value", src, err)
				}
				continue
			}
			if err != nil || got.Text != wantText || got.HTML != wantHTML {
				t.Errorf("%s: %v\ntext %q\nwant %q\nhtml %q\nwant %q", src, err, got.Text, wantText, got.HTML, wantHTML)
			}
		}
	}
}

func TestFoldingLeavesOnlyWhatIsPersonal(t *testing.T) {
	src := `a{{"b"}}{{if eq "x" "y"}}no{{else}}c{{end}}{{.Name}}{{with ""}}no{{end}}d{{"e" | upper}}`
	tpl := mustCompile(t, Source{Subject: "s", Text: src, HTML: src})
	for part, nodes := range map[string][]parse.Node{"text": tpl.text.Root.Nodes, "html": tpl.html.Tree.Root.Nodes} {
		if len(nodes) != 3 || nodes[0].String() != "abc" || nodes[2].String() != "dE" {
			t.Errorf("%s: %v", part, nodes)
		}
	}
}

// benchmarkSources are a layout with 60 constants and 3 personal fields, and
// the same with the constants written out.
func benchmarkSources() (constants, plain Source) {
	personal := "<p>Dear {{.Name}}, {{.Email}} <a href=\"https://x.example/?id={{.Attributes.id}}\">here</a></p>"
	c := strings.Repeat(`<tr><td style="color:{{"#123456"}}"><a href="{{"https://x.example/a"}}" title="{{"a title"}}">{{"text & more"}}</a></td></tr>`, 15)
	p := strings.Repeat(`<tr><td style="color:#123456"><a href="https://x.example/a" title="a title">text &amp; more</a></td></tr>`, 15)
	return Source{Subject: "s", HTML: c + personal}, Source{Subject: "s", HTML: p + personal}
}

func TestFoldedLayoutIsThePlainOne(t *testing.T) {
	c, p := benchmarkSources()
	d := Data{Name: "Jo", Email: "jo@x.example", Attributes: map[string]string{"id": "1 2"}}
	got, _ := mustCompile(t, c).Render(d)
	want, _ := mustCompile(t, p).Render(d)
	if got != want {
		t.Errorf("%s\nwant %s", got.HTML, want.HTML)
	}
	if got, want := mustCompile(t, c).html.Tree.Root.String(), mustCompile(t, p).html.Tree.Root.String(); got != want {
		t.Errorf("what is executed differs:\n%s\nwant %s", got, want)
	}
}

func BenchmarkRenderLayout(b *testing.B) {
	c, p := benchmarkSources()
	for name, src := range map[string]Source{"constants": c, "plain": p} {
		b.Run(name, func(b *testing.B) {
			tpl := mustCompile(b, src)
			var buf Buffers
			d := Data{Name: "Jo", Email: "jo@x.example", Attributes: map[string]string{"id": "1 2"}}
			b.ReportAllocs()
			for b.Loop() {
				if err := tpl.RenderTo(&buf, d); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
