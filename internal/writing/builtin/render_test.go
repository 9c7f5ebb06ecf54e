package builtin_test

import (
	"strings"
	"testing"

	"golang.org/x/net/html"

	"crier.dev/crier/internal/writing/builtin"
	"crier.dev/crier/internal/writing/builtin/sample"
	"crier.dev/crier/internal/writing/content"
	"crier.dev/crier/internal/writing/layout"
)

// input is the sample of a template.
func input(t *testing.T, name string) layout.Input {
	t.Helper()
	in, err := sample.Input(name)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// variants of the input of a template, from nothing but what is required to
// everything that there is.
func variants(t *testing.T, name string) map[string]layout.Input {
	t.Helper()
	bare := input(t, name)
	bare.Values, bare.Sections, bare.Body, bare.Language = map[string]string{}, nil, layout.Body{}, ""
	bare.List = layout.List{Name: "All employees"}
	if name == "announcement" || name == "letter" {
		bare.Body.Markdown = "The text."
	}
	full := input(t, name)
	full.List.UnsubscribeURL = "https://lists.example.gov/leave"
	full.Body.Markdown += "\n\n## More\n\n- one\n- [two](https://example.gov)\n\n### Still more\n\n> quoted\n"
	for _, p := range bare.Template.Parameters {
		if p.Required {
			bare.Values[p.Name] = value(p)
		}
		if full.Values[p.Name] == "" && p.Default == "" {
			full.Values[p.Name] = value(p)
		}
	}
	rtl := input(t, name)
	rtl.Language = "ar"
	long := input(t, name)
	long.Body.Markdown += strings.Repeat("\n\nOne more paragraph, with [a link](https://example.gov) in it.", 30)
	return map[string]layout.Input{"sample": input(t, name), "bare": bare, "full": full, "rtl": rtl, "long": long}
}

func value(p layout.Parameter) string {
	switch p.Type {
	case layout.URL:
		return "https://www.example.gov/" + p.Name
	case layout.Markdown:
		return "The **value** of `" + p.Name + "`, and [a link](https://example.gov/" + p.Name + ")."
	case layout.Color:
		return "#195a33"
	}
	return "Value of " + p.Name
}

func rendered(t *testing.T, in layout.Input, to content.Data) content.Rendered {
	t.Helper()
	out, err := sample.Render(in, to)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func parsed(t *testing.T, document string) *html.Node {
	t.Helper()
	root, err := html.Parse(strings.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// each calls see for every element of that name; "" is any.
func each(n *html.Node, name string, see func(*html.Node)) {
	if n.Type == html.ElementNode && (name == "" || n.Data == name) {
		see(n)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		each(c, name, see)
	}
}

func innerText(n *html.Node) string {
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(n)
	return strings.TrimSpace(b.String())
}

// everywhere runs a check on all variants of all templates, for a subscriber
// with a name and for one without.
func everywhere(t *testing.T, check func(t *testing.T, in layout.Input, out content.Rendered)) {
	t.Helper()
	for _, name := range builtin.Names() {
		for variant, in := range variants(t, name) {
			t.Run(name+"/"+variant, func(t *testing.T) { check(t, in, rendered(t, in, sample.Recipient)) })
			nameless := content.Data{Email: "x@example.gov", Attributes: sample.Recipient.Attributes}
			t.Run(name+"/"+variant+"/nameless", func(t *testing.T) { check(t, in, rendered(t, in, nameless)) })
		}
	}
}
