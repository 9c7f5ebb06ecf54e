package layout

import (
	"strings"
	"testing"
	"time"
)

// The controllers look at what tenants write in every pass.
func TestNoTemplateTakesLong(t *testing.T) {
	for name, unit := range map[string]string{
		"conditions in tags": `<p class="{{if .Name}}a{{end}}{{if .Email}}b{{end}}{{if .Attributes.a}}c{{end}}{{if .Attributes.b}}d{{end}}">x</p>`,
		"conditions in text": `<p>{{if .Name}}a{{else}}b{{end}}</p>`,
		"style sheets":       `<style>.a{color:red}.b{display:none}{{if .Name}}p{color:red}{{end}}</style>`,
	} {
		n := min(MaxBody/len(unit), 4500/strings.Count(unit, "{{if"))
		document := strings.Repeat(unit, n)
		document += strings.Repeat("x<br>", (MaxBody-len(document))/5)
		began := time.Now()
		_, _ = Assemble(Input{Subject: "s", Body: Body{HTML: document}})
		took := time.Since(began)
		if took > 2*time.Minute { // with the race detector, beside other tests
			t.Errorf("%s: %v", name, took)
		}
	}
}
