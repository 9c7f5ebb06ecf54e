package builtin_test

import (
	"os"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"crier.dev/crier/internal/writing/builtin"
	"crier.dev/crier/internal/writing/builtin/sample"
	"crier.dev/crier/internal/writing/content"
)

// TestGolden shows what a change of a template, or of what makes a message of
// it, does to the messages.
func TestGolden(t *testing.T) {
	for _, name := range builtin.Names() {
		out := rendered(t, input(t, name), sample.Recipient)
		for ending, got := range map[string]string{".html": out.HTML, ".txt": out.Text} {
			file := "testdata/" + name + ending
			if *update {
				write(t, file, got)
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("%s differs; run go test ./internal/writing/builtin -update and look at the difference", file)
			}
		}
	}
}

// hostile are values that somebody may try; none may become anything but text.
var hostile = []string{
	`<script>alert(1)</script>`,
	`"><img src=x onerror=alert(1)>`,
	`'; background-image:url(https://evil.example/x)`,
	`{{"{{"}} .Values.headline }}`,
	`--></style><h1>more</h1>`,
	"long" + strings.Repeat(" very long", 40),
}

// TestHostileValues puts them in all values, sections and fields of the
// subscriber that take any text.
func TestHostileValues(t *testing.T) {
	for _, name := range builtin.Names() {
		for i, bad := range hostile {
			in := variants(t, name)["full"]
			before := shape(parsed(t, rendered(t, in, sample.Recipient).HTML))
			for _, p := range in.Template.Parameters {
				if p.Type == "String" && p.Name != "severity" {
					in.Values[p.Name] = bad
				}
			}
			for j := range in.Sections {
				in.Sections[j].Title, in.Sections[j].ImageAlt, in.Sections[j].LinkText = bad, bad, bad
			}
			in.List.Name, in.List.Author, in.List.Footer, in.List.PostalAddress = bad, bad, bad, bad+"\n"+bad
			out := rendered(t, in, content.Data{Name: bad, Email: "x@example.gov", Attributes: map[string]string{"agency": bad, "license": bad}})
			if after := shape(parsed(t, out.HTML)); after != before {
				t.Errorf("%s: hostile value %d changes the elements of the message:\n%s\nwas\n%s", name, i, after, before)
			}
		}
	}
}

// TestRefusedValues says that a value of the wrong kind is found before
// anything is sent.
func TestRefusedValues(t *testing.T) {
	for _, name := range builtin.Names() {
		for key, bad := range map[string]string{
			"logoURL":    "javascript:alert(1)",
			"brandColor": "red;background:url(https://evil.example)",
			"headline":   "",
			"nosuch":     "value",
		} {
			in := input(t, name)
			in.Values[key] = bad
			if key == "headline" {
				delete(in.Values, key)
			}
			if _, err := sample.Render(in, sample.Recipient); err == nil {
				t.Errorf("%s: %s = %q is let through", name, key, bad)
			} else if !strings.Contains(err.Error(), key) {
				t.Errorf("%s: the error doesn't name %s: %v", name, key, err)
			}
		}
	}
}

// TestPersonalLink says that a button can lead each person to a page of their
// own, and that what is in a field stays one value of the query.
func TestPersonalLink(t *testing.T) {
	in := input(t, "survey")
	in.Values["buttonURL"] = "https://survey.example.gov/commute?code={{ .Attributes.license }}&v=2"
	out := rendered(t, in, content.Data{Attributes: map[string]string{"license": "A&v=1 <b>"}})
	found := false
	each(parsed(t, out.HTML), "a", func(n *html.Node) {
		found = found || attribute(n, "href") == "https://survey.example.gov/commute?code=A%26v%3d1%20%3cb%3e&v=2"
	})
	if !found {
		t.Errorf("the button doesn't lead there:\n%s", out.HTML)
	}
}

// shape is the order of elements and the names of their attributes.
func shape(root *html.Node) string {
	var b strings.Builder
	each(root, "", func(n *html.Node) {
		b.WriteString("<" + n.Data)
		for _, a := range n.Attr {
			b.WriteString(" " + a.Key)
		}
		b.WriteString(">\n")
	})
	return b.String()
}
