package lint

import (
	"fmt"

	"crier.dev/crier/internal/client/declared"
	"crier.dev/crier/internal/client/manifest"
	"crier.dev/crier/internal/writing/content"
)

// spot is where a place of the content is written, and the object there.
type spot struct {
	manifest.Position
	title string
	// around says that what is meant isn't there, or is more than one field:
	// this is what it belongs to.
	around bool
}

// spotOf finds a place in the files: in the Broadcast, or in its template or
// list where these are among them.
func (b *broadcast) spotOf(at content.Place) spot {
	var in *manifest.Object
	instead := "spec.content.templateRef"
	switch at.Piece {
	case content.PieceTemplate, content.PieceParameter:
		in = b.template(at.Template)
	case content.PieceList:
		in, instead = b.list(), "spec.listRef"
	case content.PieceBody:
		return b.field(b.body(), at)
	default:
		return b.field(fieldOf(at), at)
	}
	if in == nil {
		return spot{Position: b.Object.At(instead), title: b.Object.Title(), around: true}
	}
	return spot{Position: in.TextLine(fieldOf(at), at.Line), title: in.Title()}
}

func (b *broadcast) field(path string, at content.Place) spot {
	return spot{
		Position: b.Object.TextLine(path, at.Line), title: b.Object.Title(),
		around: at.Piece == content.PieceMessage || !b.Object.Has(path),
	}
}

// fieldOf is the path of a place in the object that it is written in.
func fieldOf(at content.Place) string {
	switch at.Piece {
	case content.PieceSubject:
		return "spec.subject"
	case content.PieceText, content.PieceHTML, content.PieceMarkdown, content.PieceLanguage, content.PieceValues, content.PieceSections:
		return "spec.content." + string(at.Piece)
	case content.PieceValue:
		return "spec.content.values[" + at.Name + "]"
	case content.PieceSection:
		return fmt.Sprintf("spec.content.sections[%d].%s", at.Index, at.Field)
	case content.PieceParameter:
		return below(fmt.Sprintf("spec.parameters[%d]", at.Index), at.Field)
	case content.PieceTemplate, content.PieceBroadcast, content.PieceList:
		return below("spec", at.Field)
	}
	return "spec.content"
}

// body is the field with the body, the one that counts if there are several.
func (b *broadcast) body() string {
	for _, form := range []content.Piece{content.PieceMarkdown, content.PieceHTML, content.PieceText} {
		if field := fieldOf(content.Place{Piece: form}); b.Object.Has(field) {
			return field
		}
	}
	return "spec.content"
}

func below(path, field string) string {
	if field == "" {
		return path
	}
	return path + "." + field
}

// template is that of the Broadcast, if it is among the files and has the name.
func (b *broadcast) template(name string) *manifest.Object {
	ref := b.Value.Spec.Content.TemplateRef
	if ref == nil || ref.Name == "" || ref.Name != name {
		return nil
	}
	template, _ := b.l.world.Templates.Get(declared.Key{Namespace: b.Value.Namespace, Name: name})
	return template.Object
}

// list is the first list of the Broadcast that is among the files.
func (b *broadcast) list() *manifest.Object {
	for _, list := range b.facts.Lists {
		if known, ok := b.l.world.Lists.Get(declared.Key{Namespace: list.Namespace, Name: list.Name}); ok && known.Object != nil {
			return known.Object
		}
	}
	return nil
}

// say shows a problem where it was written. What the spot doesn't say, the
// message does.
func (b *broadcast) say(severity Severity, rule Rule, p content.Problem) {
	at, message := b.spotOf(p.Place), p.Message
	if at.around {
		message = p.What() + ": " + message
	}
	b.l.add(Finding{Position: at.Position, Severity: severity, Rule: rule, Object: at.title, Message: message})
}

// warning shows one of package layout.
func (b *broadcast) warning(p content.Problem) {
	switch {
	case p.Rule != content.RuleImage:
		b.say(Warning, RuleContent, p)
	case p.Piece != content.PieceMessage: // the document put together is looked at here more closely
		b.say(Warning, RuleImage, p)
	}
}
