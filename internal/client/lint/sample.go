package lint

import (
	"errors"
	"strings"

	"crier.dev/crier/internal/client/declared"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/writing/content"
)

// personal stands for values of subscribers: a link to it is no mistake of the
// author.
const personal = "https://personal.invalid/"

// filled is a recipient with every attribute that a template uses.
func filled(value string, sources ...content.Source) content.Data {
	d := bare()
	d.Attributes = map[string]string{}
	for _, name := range declared.Used(sources...) {
		d.Attributes[name] = value
	}
	return d
}

// withAll is a recipient with an address in every attribute, which is no
// mistake of the author where it isn't one; where no address can stand, such as
// in a style, with a word.
func (b *broadcast) withAll(compiled *content.Templates, src content.Source) content.Data {
	d := filled(personal, src)
	if _, err := compiled.Render(d); err == nil {
		return d
	}
	for name := range d.Attributes {
		only := bare()
		only.Attributes = map[string]string{name: personal}
		var refused *content.Refused
		if _, err := compiled.Render(only); errors.As(err, &refused) && refused.Part == content.PartHTML {
			d.Attributes[name] = "0"
			if b.people.known == 0 {
				b.found(Warning, RuleValue, ".Attributes."+name, "nobody is known here whose "+name+" could be looked at: where it isn't safe in a style, the message can't be written, and they get nothing")
			}
		}
	}
	return d
}

// bare is a recipient without attributes.
func bare() content.Data {
	return content.Data{Name: "Jordan Sample", Email: "jordan.sample@example.org", UnsubscribeURL: personal}
}

// person is the first recipient who is declared, or one made up.
func (b *broadcast) person(src content.Source) roster.Subscriber {
	if first, ok, err := b.selection.First(); ok && err == nil {
		return first
	}
	d := filled("Sample", src, b.facts.Ways())
	return roster.Subscriber{Email: d.Email, Name: d.Name, Attributes: d.Attributes}
}

// isPersonal says whether a part of a message has fields of subscribers.
func isPersonal(part string) bool { return strings.Contains(part, "{{") }
