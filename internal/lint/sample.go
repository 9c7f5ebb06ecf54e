package lint

import (
	"strings"

	"crier.dev/crier/internal/content"
	"crier.dev/crier/internal/declared"
	"crier.dev/crier/internal/roster"
)

// personal stands for values of subscribers: a link to it is no mistake of the
// author.
const personal = "https://personal.invalid/"

// filled is a recipient with every attribute that a template uses.
func filled(src content.Source, value string) content.Data {
	d := content.Data{Name: "Jordan Sample", Email: "jordan.sample@example.org", Attributes: map[string]string{}}
	for _, name := range declared.Used(src) {
		d.Attributes[name] = value
	}
	return d
}

// person is the first recipient who is declared, or one made up.
func (b *broadcast) person(src content.Source) roster.Subscriber {
	if first, ok, err := b.selection.First(); ok && err == nil {
		return first
	}
	d := filled(src, "Sample")
	return roster.Subscriber{Email: d.Email, Name: d.Name, Attributes: d.Attributes}
}

// isPersonal says whether a part of a message has fields of subscribers.
func isPersonal(part string) bool { return strings.Contains(part, "{{") }
