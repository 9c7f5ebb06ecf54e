package layout

import (
	"strings"
	"testing"
	"time"
)

var hostile = []string{
	`"><script>alert(1)</script>`, "' onmouseover='x", "x onclick=y", "javascript:alert(1)", "a\r\nBcc: x@y.example", "</style><b>", "</title></textarea><b>", "{{.Email}}",
	"\\\"`", "<!--", "-->", "https://x.example/\"><b>", "expression(1)", "\u2028", "red;position:fixed", "');background:url(//x", "{", "}}",
}

// Every hostile value in every place.
func TestInjection(t *testing.T) {
	fields := []string{"{{.Values.v}}", "{{.Values.u}}", "{{.Name}}", "{{.List.Name}}", "{{range .Sections}}{{.Title}}{{end}}", "{{range .Sections}}{{.LinkURL}}{{end}}"}
	for _, place := range places {
		for i, value := range hostile {
			inject(t, strings.ReplaceAll(place, "V", fields[i%len(fields)]), value, value)
			inject(t, strings.ReplaceAll(place, "V", fields[0]), value, value)
			inject(t, strings.ReplaceAll(place, "V", fields[2]), "x", value)
		}
	}
}

// Dear inputs of a quarter of what the limits allow: time that grows with the
// square would show.
func TestTimeIsBounded(t *testing.T) {
	n := MaxBody / 4
	for name, in := range map[string]Input{
		"emphasis in paragraphs": {Body: Body{Markdown: strings.Repeat(strings.Repeat("*a_", 1499)+"\n\n", n/4500)}},
		"code":                   {Body: Body{Markdown: strings.Repeat("`a``b```", n/8)}},
		"references":             {Body: Body{Markdown: strings.Repeat("[a]: /x\n", n/8)}},
		"headings":               {Body: Body{Markdown: strings.Repeat("# a\n", n/4)}},
		"table":                  {Body: Body{Markdown: "|" + strings.Repeat("a|", n/7) + "\n|" + strings.Repeat("-|", n/7) + "\n|" + strings.Repeat("a|", n/7)}},
		"rows":                   {Body: Body{Markdown: "|a|b|\n|-|-|\n" + strings.Repeat("a\n", n/2-20)}},
		"addresses":              {Body: Body{Markdown: strings.Repeat("www.a.b http://c.d a@b.c ", n/25)}},
		"numbers":                {Body: Body{Markdown: strings.Repeat("1. ", n/3)}},
		"quotations of lines":    {Body: Body{Markdown: strings.Repeat(strings.Repeat(">", 32)+"a\n", n/34)}},
		"deep items":             {Body: Body{Markdown: deepItems(200)}},
		"brackets":               {Body: Body{Markdown: strings.Repeat("[", n)}},
		"emphasis":               {Body: Body{Markdown: strings.Repeat("*a_", n/3)}},
		"links":                  {Body: Body{Markdown: strings.Repeat("[a](", n/4)}},
		"quotations":             {Body: Body{Markdown: strings.Repeat(">", n)}},
		"items":                  {Body: Body{Markdown: strings.Repeat("- ", n/2)}},
		"actions":                {Body: Body{Markdown: strings.Repeat("{{.Name}}", 4999)}},
		"branches":               {Body: Body{Markdown: strings.Repeat("{{if .Name}}\na\n{{end}}\n", 4999)}},
		"unclosed":               {Body: Body{HTML: strings.Repeat("<ul><li>", n/8)}},
		"tables":                 {Body: Body{HTML: strings.Repeat("<table><tr><td>", n/15)}},
		"anchors":                {Body: Body{HTML: strings.Repeat("<a href=x>", n/10)}},
		"paragraphs":             {Body: Body{HTML: strings.Repeat("<p>", n/3)}},
		"values":                 {Template: &Template{Parameters: []Parameter{{Name: "v"}}, HTML: strings.Repeat("{{.Values.v}}{{if .Body}}{{end}}", n/40)}, Values: map[string]string{"v": strings.Repeat("x", MaxValue)}},
		"unknown":                {Template: &Template{HTML: strings.Repeat("{{.x}}", n/6)}},
		"braces":                 {Body: Body{Text: strings.Repeat(`{{"{"}}`, 4999)}},
	} {
		in.Subject = "s"
		begin := time.Now()
		_, err := Assemble(in)
		d := time.Since(begin)
		t.Logf("%s: %v %.60v", name, d, err)
		if d > time.Minute {
			t.Errorf("%s took %v", name, d)
		}
	}
}

func deepItems(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat("  ", i) + "- a\n")
	}
	return b.String()
}
