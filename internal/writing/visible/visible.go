// Package visible says what a reader sees of an HTML document: which words,
// images and links. What can't be told apart from hidden is taken for hidden,
// so that nothing counts as said that perhaps nobody reads.
package visible

import (
	"errors"
	"strings"
	"unicode"

	"golang.org/x/net/html"
)

// Page is what is seen of a document, in its order.
type Page []Run

// Run is a text, or an image, that is seen.
type Run struct {
	Text  string // white space as single spaces
	Image bool
	// Href is where the link leads that it is in; "" for none.
	Href string
}

// maxDepth bounds how deep elements stand in each other; the parser has the
// same bound.
const maxDepth = 512

// Read is what is seen of doc. unknown, unless it is "", is a word in doc that
// stands for what differs between readers: as a text it may be nothing, and
// whatever it decides the style of may be hidden. An error says that the
// document can't be taken apart.
func Read(doc, unknown string) (Page, error) {
	root, err := html.ParseWithOptions(strings.NewReader(doc), html.ParseOptionEnableScripting(false))
	if err != nil {
		return nil, err
	}
	r := reader{unknown: unknown}
	if err := r.styles(root); err != nil {
		return nil, err
	}
	err = r.children(root, firstLook(), 0)
	return r.page, err
}

// Text is all words.
func (p Page) Text() string {
	words := make([]string, 0, len(p))
	for _, run := range p {
		words = append(words, strings.Fields(run.Text)...)
	}
	return strings.Join(words, " ")
}

// Link says whether something is seen that leads to an address that begins
// like that.
func (p Page) Link(address string) bool {
	for _, run := range p {
		if strings.HasPrefix(run.Href, address) && (run.Image || Words(run.Text)) {
			return true
		}
	}
	return false
}

// Words says whether there is anything to read in a text: a letter, a digit
// or a symbol, not only punctuation and lines.
func Words(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsNumber(r) || r > unicode.MaxASCII && unicode.IsSymbol(r)
	})
}

// unseen elements show nothing of what is in them, or not in mail programs.
var unseen = map[string]bool{
	"head": true, "title": true, "script": true, "style": true, "template": true, "noscript": true, "svg": true,
	"math": true, "object": true, "applet": true, "iframe": true, "noframes": true, "noembed": true, "textarea": true,
	"select": true, "datalist": true, "audio": true, "video": true, "canvas": true, "map": true, "rp": true,
}

// reader goes over a document.
type reader struct {
	unknown string
	rules   []rule
	page    Page
}

func (r *reader) children(n *html.Node, l look, depth int) error {
	if depth > maxDepth {
		return errors.New("elements stand too deep in each other")
	}
	_, open := find(n, "open")
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if n.Data == "details" && !open && c.Data != "summary" {
			continue // until a reader opens it
		}
		switch c.Type {
		case html.TextNode:
			r.text(c.Data, l)
		case html.ElementNode:
			if err := r.element(c, l, depth); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *reader) text(s string, l look) {
	if r.unknown != "" {
		s = strings.ReplaceAll(s, r.unknown, " ")
	}
	if l.readable() && strings.TrimSpace(s) != "" {
		r.page = append(r.page, Run{Text: strings.Join(strings.Fields(s), " "), Href: l.href})
	}
}

func (r *reader) element(n *html.Node, l look, depth int) error {
	if _, open := find(n, "open"); unseen[n.Data] || n.Data == "dialog" && !open {
		return nil
	}
	l = r.dress(n, l)
	if l.gone {
		return nil
	}
	switch n.Data {
	case "a":
		l.href = strings.TrimSpace(attribute(n, "href"))
	case "img":
		if r.shown(n) && !l.invisible {
			r.page = append(r.page, Run{Image: true, Href: l.href})
		}
		return nil
	}
	return r.children(n, l, depth+1)
}

// shown says whether an image is more than a dot that counts readers.
func (r *reader) shown(n *html.Node) bool {
	src := strings.TrimSpace(attribute(n, "src"))
	if src == "" || r.unknown != "" && strings.HasPrefix(src, r.unknown) {
		return false
	}
	for _, side := range []string{"width", "height"} {
		if v, ok := find(n, side); ok {
			if size, ok := pixels(v, normalSize); ok && size <= 1 && (size == 0 || !strings.HasSuffix(v, "%")) {
				return false
			}
		}
	}
	return true
}

func attribute(n *html.Node, name string) string {
	v, _ := find(n, name)
	return v
}

func find(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}
