package content

import (
	"strings"
	"testing"
	"text/template/parse"
	"time"

	htmltemplate "html/template"
)

// Text that is divided means what it did as a whole.
func TestDivide(t *testing.T) {
	for _, piece := range []string{
		"<<</ <! &lt; <p class=\"a<b\" title='<'>x < y</p><!-- <b> --><a href=\"https://x.example/?a=<&amp;b={{.Name}}\">{{.Name}}</a>",
		"<title>a <b> {{.Name}} <!DOCTYPE html></title><textarea><p></textarea><style>a{b:c}/*<*/</style>",
		`<script>var a = "\<\\<{{.Name}}", b = 1 </x/.exec("<"), c = '\</p>';</script>`,
		"{{if .Name}}<i><<</i>{{else}}< a{{end}}{{with .Name}}<u>{{.}} <</u>{{end}}",
	} {
		src := "<!DOCTYPE html>" + strings.Repeat(piece, 40)
		render := func(cut bool) string {
			trees, err := parse.Parse("x", src, "", "")
			if err != nil {
				t.Fatal(err)
			}
			if cut {
				divide(trees["x"].Root)
			}
			var out strings.Builder
			tpl, err := htmltemplate.New("x").AddParseTree("x", trees["x"])
			if err == nil {
				err = tpl.Execute(&out, Data{Name: `a"<b>'`})
			}
			if err != nil {
				t.Fatalf("%s: %v", piece, err)
			}
			return out.String()
		}
		if whole, divided := render(false), render(true); whole != divided {
			t.Errorf("%s:\n%s\n%s", piece, whole, divided)
		}
	}
}

// It took half a minute.
func TestManyAngles(t *testing.T) {
	begin := time.Now()
	for _, src := range []string{strings.Repeat("<", MaxSource), "<textarea>" + strings.Repeat("<b>", MaxSource/3-20) + "</textarea>"} {
		if _, err := Compile(Source{Subject: "s", HTML: src}, nil); err != nil {
			t.Error(err)
		}
	}
	if took := time.Since(begin); took > 15*time.Second {
		t.Errorf("it took %s", took)
	}
}
