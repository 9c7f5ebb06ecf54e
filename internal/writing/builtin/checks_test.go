package builtin_test

import (
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"crier.dev/crier/internal/writing/builtin/sample"
	"crier.dev/crier/internal/writing/content"
	"crier.dev/crier/internal/writing/layout"
)

// largest is what a rendered part may have: Gmail cuts messages off at 102 kB.
const largest = 100_000

// bareLargest is what a template has before there is any text in it.
const bareLargest = 20_000

func TestSize(t *testing.T) {
	everywhere(t, func(t *testing.T, in layout.Input, out content.Rendered) {
		limit := largest
		if len(in.Body.Markdown) < 10 {
			limit = bareLargest
		}
		if len(out.HTML) >= limit || len(out.Text) >= limit {
			t.Errorf("HTML has %d octets, text %d; want less than %d", len(out.HTML), len(out.Text), limit)
		}
	})
}

func TestLanguage(t *testing.T) {
	everywhere(t, func(t *testing.T, in layout.Input, out content.Rendered) {
		language, direction := "en", "ltr"
		if in.Language == "ar" {
			language, direction = "ar", "rtl"
		}
		found := 0
		each(parsed(t, out.HTML), "", func(n *html.Node) {
			if n.Data != "html" && attribute(n, "role") != "article" {
				return
			}
			found++
			if attribute(n, "lang") != language || attribute(n, "dir") != direction {
				t.Errorf("<%s> has lang %q and dir %q", n.Data, attribute(n, "lang"), attribute(n, "dir"))
			}
		})
		if found != 2 {
			t.Errorf("language is declared %d times, want on html and on the article, for webmail that drops html", found)
		}
	})
}

func TestStructure(t *testing.T) {
	everywhere(t, func(t *testing.T, in layout.Input, out content.Rendered) {
		root := parsed(t, out.HTML)
		count := map[string]int{}
		level := 0
		each(root, "", func(n *html.Node) {
			count[n.Data]++
			switch n.Data {
			case "h1", "h2", "h3", "h4":
				now := int(n.Data[1] - '0')
				if now > level+1 {
					t.Errorf("<%s> %q follows a heading of level %d", n.Data, innerText(n), level)
				}
				level = now
			case "table":
				if attribute(n, "role") != "presentation" {
					t.Error("a table for layout is without role")
				}
			case "img":
				if attribute(n, "alt") == "" || attribute(n, "src") == "" {
					t.Errorf("image %q has alt %q", attribute(n, "src"), attribute(n, "alt"))
				}
			case "a":
				if text := innerText(n); len(text) < 3 || strings.EqualFold(text, "click here") || strings.Contains(attribute(n, "href"), "ZgotmplZ") {
					t.Errorf("link %q says %q", attribute(n, "href"), text)
				}
			case "title":
				if innerText(n) != out.Subject {
					t.Errorf("title is %q, subject %q", innerText(n), out.Subject)
				}
			case "script", "link", "form", "iframe", "object":
				t.Errorf("<%s> doesn't belong in mail", n.Data)
			}
		})
		if count["h1"] != 1 || count["title"] != 1 || count["body"] != 1 {
			t.Errorf("%d h1, %d title, %d body; want one of each", count["h1"], count["title"], count["body"])
		}
		if strings.Contains(out.HTML, "Zgotmpl") || strings.Contains(out.HTML, "{{") || strings.Contains(out.Text, "{{") {
			t.Error("something of the template is left, or html/template has refused a value")
		}
	})
}

func TestColors(t *testing.T) {
	everywhere(t, func(t *testing.T, in layout.Input, out content.Rendered) {
		checkColors(t, out.HTML)
	})
	for _, severity := range []string{"emergency", "warning", "notice", "resolved", "whatever"} {
		t.Run(severity, func(t *testing.T) {
			in := input(t, "alert")
			in.Values["severity"] = severity
			checkColors(t, rendered(t, in, sample.Recipient).HTML)
		})
	}
}

func checkColors(t *testing.T, document string) {
	t.Helper()
	root := parsed(t, document)
	css := ""
	each(root, "style", func(n *html.Node) { css += innerText(n) })
	rules := readRules(css)
	if len(rules.light) < 4 || len(rules.dark) < 8 {
		t.Fatalf("only %d rules for light and %d for dark were found", len(rules.light), len(rules.dark))
	}
	grounds := map[bool]string{}
	for _, dark := range []bool{false, true} {
		seen := 0
		rules.texts(root, look{"#000000", "#ffffff", 16}, dark, func(text string, l look) {
			seen++
			if got := contrast(t, l.color, l.ground); got < 4.5 {
				t.Errorf("dark %v: %q has %s on %s, contrast %.2f", dark, text, l.color, l.ground, got)
			}
			if l.size < 14 {
				t.Errorf("%q has %d pixels", text, l.size)
			}
			grounds[dark] = l.ground
		})
		if seen < 3 {
			t.Errorf("only %d texts were found", seen)
		}
	}
	if grounds[true] == grounds[false] {
		t.Error("dark mode changes nothing")
	}
}

// TestWithoutValues says that a part which depends on a value is left out with
// its surroundings.
func TestWithoutValues(t *testing.T) {
	everywhere(t, func(t *testing.T, in layout.Input, out content.Rendered) {
		if in.List.Author != "" {
			return // not the bare one
		}
		each(parsed(t, out.HTML), "a", func(n *html.Node) {
			if attribute(n, "href") == "" || strings.Contains(attribute(n, "href"), "leave") {
				t.Errorf("link %q to %q", innerText(n), attribute(n, "href"))
			}
		})
		if strings.Contains(out.Text, "Unsubscribe") || strings.Contains(out.HTML, "Unsubscribe") {
			t.Error("a list that nobody can leave has a link to leave it")
		}
		if !strings.Contains(out.HTML, "All employees") {
			t.Error("without an organization and an author, the list isn't named")
		}
	})
}

var manyEmpty = regexp.MustCompile(`\n{4,}|[ \t]\n`)

// TestText says that the text part reads well.
func TestText(t *testing.T) {
	everywhere(t, func(t *testing.T, _ layout.Input, out content.Rendered) {
		if m := manyEmpty.FindString(strings.ReplaceAll(out.Text, "\n-- \n", "\n--\n")); m != "" {
			t.Errorf("the text has %q:\n%s", m, out.Text)
		}
		if out.Text != strings.TrimSpace(out.Text)+"\n" {
			t.Errorf("the text has spaces around it: %q", out.Text)
		}
		if strings.Contains(out.Text, "<p>") || strings.Contains(out.Text, "&nbsp;") {
			t.Errorf("the text has HTML:\n%s", out.Text)
		}
	})
}
