package lint

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"crier.dev/crier/internal/client/declared"
	"crier.dev/crier/internal/client/manifest"
	"crier.dev/crier/internal/words"
)

// piece is a text that a message is made of, and where it is written.
type piece struct {
	object *manifest.Object
	field  string
	text   string
}

// at is where the octet i of the text is written.
func (p piece) at(i int) manifest.Position {
	before := p.text[:i]
	line := 1 + strings.Count(before, "\n")
	column := 1 + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
	return p.object.TextAt(p.field, line, column)
}

// pieces are those of a Broadcast and its template, those of the author first.
func (b *broadcast) pieces() []piece {
	c := b.Value.Spec.Content
	var out []piece
	put := func(field, text string) {
		if text != "" {
			out = append(out, piece{b.Object, "spec.content." + field, text})
		}
	}
	put("markdown", c.Markdown)
	put("html", c.HTML)
	put("text", c.Text)
	for _, name := range slices.Sorted(maps.Keys(c.Values)) {
		put("values["+name+"]", string(c.Values[name]))
	}
	for i, s := range c.Sections {
		field := fmt.Sprintf("sections[%d].", i)
		put(field+"markdown", s.Markdown)
		if s.Link != nil {
			put(field+"link.url", s.Link.URL)
		}
		if s.Image != nil {
			put(field+"image.url", s.Image.URL)
		}
	}
	if c.TemplateRef != nil && c.TemplateRef.Name != "" {
		if t, ok := b.l.world.Templates.Get(declared.Key{Namespace: b.Value.Namespace, Name: c.TemplateRef.Name}); ok {
			out = append(out, piece{t.Object, "spec.html", t.Value.Spec.HTML}, piece{t.Object, "spec.text", t.Value.Spec.Text})
		}
	}
	return out
}

// plainLinks looks for links in what was written as plain text.
func (b *broadcast) plainLinks() {
	for _, link := range plainHTTP.FindAllString(b.Value.Spec.Content.Text, -1) {
		b.found(Warning, RuleLink, link, fmt.Sprintf("the link %q isn't encrypted; write https://", words.Clip(link)))
	}
}
