package layout

import (
	"html"
	"regexp"
	"strings"
	"testing"

	"crier.dev/crier/internal/writing/content"
)

var href = regexp.MustCompile(`href="([^"]*)"`)

// A link leads to the same address in both parts, whatever a value has in it.
func TestAddressesAreTheSameInBothParts(t *testing.T) {
	for _, address := range []string{
		"https://x.example/{{.Name}}/b?q={{.Name}}&r={{.Email}}#{{.Name}}", "mailto:{{.Email}}?subject={{.Name}}&body=a%20b", "https://x.example/{{if .Name}}a{{end}}/{{.Name | upper}}",
		"{{.Attributes.url}}", "tel:{{.Attributes.tel}}", "https://x.example/{{urlquery .Name}}?{{.Name | urlquery}}",
	} {
		for _, in := range []Input{
			{Body: Body{HTML: `<p><a href="` + address + `">here</a></p>`}},
			{Body: Body{Markdown: "See <a href=\"" + address + "\">here</a>."}},
			{Body: Body{Markdown: "x"}, Values: map[string]string{"u": address}, Template: &Template{Name: "t", HTML: `{{.Body}}<a href="{{.Values.u}}">here</a>`, Parameters: []Parameter{{Name: "u", Type: URL}}}},
		} {
			if in.Template != nil && !strings.Contains(address, "://x") {
				continue // what parameters of this type refuse
			}
			in.Subject = "s"
			result, err := Assemble(in)
			if err != nil {
				t.Errorf("%s: %v", address, err)
				continue
			}
			for _, name := range []string{"Jo", "Zoë Lee & Söhne, 100 %", "a+b/c?d=e#f", "%20", "", " a ", "(a)'\""} {
				got := render(t, result, content.Data{Name: name, Email: "jo+x@x.example", Attributes: map[string]string{"url": " https://x.example/" + name, "tel": "+1 (617) 555"}})
				m := href.FindStringSubmatch(got.HTML)
				if m == nil || !strings.Contains(strings.Join(strings.Fields(got.Text), " "), "here <"+html.UnescapeString(m[1])+">") {
					t.Errorf("%s with %q:\n%s\n%s", address, name, got.HTML, got.Text)
				}
			}
		}
	}
}
