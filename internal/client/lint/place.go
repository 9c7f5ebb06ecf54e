package lint

import (
	"regexp"
	"strconv"
	"strings"

	"crier.dev/crier/internal/client/declared"
	"crier.dev/crier/internal/client/manifest"
	"crier.dev/crier/internal/writing/content"
	"crier.dev/crier/internal/writing/draft"
)

// place is where a piece of the content is written, and the object there.
type place struct {
	manifest.Position
	title      string
	inTemplate bool
	// around says that the piece isn't there: this is what it belongs to.
	around bool
}

// place finds a part of a content.Problem: packages content and layout name
// the pieces, and count lines within them.
func (b *broadcast) place(part string, line int) place {
	if rest, ok := strings.CutPrefix(part, "template "); ok {
		if p, found := b.inTemplate(rest, line); found {
			return p
		}
		p := b.in("spec.content.templateRef", 0)
		p.around = true
		return p
	}
	if rest, ok := strings.CutPrefix(part, "list, "); ok {
		return b.inList(rest)
	}
	return b.in(fieldOf(part), line)
}

func (b *broadcast) in(field string, line int) place {
	return place{Position: b.Object.TextLine(field, line), title: b.Object.Title(), around: !b.Object.Has(field)}
}

// fieldOf is the field of a Broadcast that a part is.
func fieldOf(part string) string {
	if name, ok := strings.CutPrefix(part, "value "); ok {
		return "spec.content.values[" + name + "]"
	}
	if rest, ok := strings.CutPrefix(part, "section "); ok {
		number, piece, _ := strings.Cut(rest, ", ")
		i, _ := strconv.Atoi(number)
		return "spec.content.sections[" + strconv.Itoa(i-1) + "]." + sectionFields[piece]
	}
	if path, ok := strings.CutPrefix(part, draft.PartOfBroadcast); ok {
		return "spec." + path
	}
	switch part {
	case content.PartSubject:
		return "spec.subject"
	case content.PartText, "text body":
		return "spec.content.text"
	case content.PartHTML, "html body":
		return "spec.content.html"
	case "markdown body":
		return "spec.content.markdown"
	case "values", "sections", "language":
		return "spec.content." + part
	}
	return "spec.content"
}

// message says what it is about where the place doesn't.
func (p place) message(part, message string) string {
	if p.around {
		return part + ": " + message
	}
	return message
}

var sectionFields = map[string]string{
	"": "markdown", "title": "title", "image URL": "image.url", "image text": "image.alt", "link URL": "link.url", "link text": "link.text",
}

// inTemplate is a place of a MessageTemplate among the files, given as its
// name and what of it.
func (b *broadcast) inTemplate(rest string, line int) (place, bool) {
	ref := b.Value.Spec.Content.TemplateRef
	if ref == nil || ref.Name == "" {
		return place{}, false
	}
	template, ok := b.l.world.Templates.Get(declared.Key{Namespace: b.Value.Namespace, Name: ref.Name})
	if !ok {
		return place{}, false
	}
	piece, found := strings.CutPrefix(rest, ref.Name)
	if !found {
		return place{}, false
	}
	return place{Position: templatePlace(template.Object, piece, line), title: template.Object.Title(), inTemplate: true}, true
}

// templatePlace is where a piece of a template is written: ", html", ", text"
// or ", parameter x".
func templatePlace(o *manifest.Object, piece string, line int) manifest.Position {
	piece = strings.TrimPrefix(piece, ", ")
	switch {
	case piece == content.PartHTML, piece == content.PartText:
		return o.TextLine("spec."+piece, line)
	case strings.HasPrefix(piece, "parameter "):
		name, _, _ := strings.Cut(strings.TrimPrefix(piece, "parameter "), ",")
		if i := parameterIndex(o, name); i >= 0 {
			return o.At("spec.parameters[" + strconv.Itoa(i) + "].name")
		}
		return o.At("spec.parameters")
	}
	return o.At("spec")
}

func parameterIndex(o *manifest.Object, name string) int {
	spec, _ := o.Content["spec"].(map[string]any)
	parameters, _ := spec["parameters"].([]any)
	for i, p := range parameters {
		if fields, ok := p.(map[string]any); ok && fields["name"] == name {
			return i
		}
	}
	return -1
}

func (b *broadcast) inList(what string) place {
	fields := map[string]string{
		"name": "spec.displayName", "address": "spec.address", "postaladdress": "spec.postalAddress",
		"footer": "spec.footer", "author": "spec.from.name", "unsubscribe URL": "spec.unsubscribe.url",
	}
	field := fields[what]
	if path, ok := strings.CutPrefix("list, "+what, draft.PartOfList); ok {
		field = "spec." + path
	}
	for _, list := range b.facts.Lists {
		if known, ok := b.l.world.Lists.Get(declared.Key{Namespace: list.Namespace, Name: list.Name}); ok && known.Object != nil {
			return place{Position: known.Object.At(field), title: known.Object.Title()}
		}
	}
	return b.in("spec.listRef", 0)
}

// said is how warnings begin with their place.
var said = regexp.MustCompile(`^([^:]+?)(?:, line (\d+))?: (.*)$`)

// warning shows one of package layout.
func (b *broadcast) warning(text string) {
	m := said.FindStringSubmatch(text)
	if m == nil {
		b.at(Warning, RuleContent, "spec.content", text)
		return
	}
	if m[1] == content.PartHTML {
		return // about the document put together, which is looked at here more closely
	}
	line, _ := strconv.Atoi(m[2])
	p := b.place(m[1], line)
	rule := RuleContent
	if strings.Contains(m[3], "picture") || strings.Contains(m[3], "image") {
		rule = RuleImage
	}
	b.l.add(Finding{Position: p.Position, Severity: Warning, Rule: rule, Object: p.title, Message: p.message(m[1], m[3])})
}
