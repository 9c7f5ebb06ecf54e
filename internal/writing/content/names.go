package content

import (
	"slices"
	"strings"
	"text/template/parse"

	"crier.dev/crier/internal/words"
)

// FieldUnsubscribeURL is the name of Data.UnsubscribeURL.
const FieldUnsubscribeURL = "UnsubscribeURL"

// fields follows .A.B from a value of kind k. prefix is the variable that it
// is written after, if any.
func (c *checker) fields(pos parse.Pos, k kind, names []string, prefix string) kind {
	if len(names) == 0 || k == kindUnknown {
		return k
	}
	written := prefix + "." + strings.Join(names, ".")
	switch k {
	case kindAttributes:
		return c.attribute(pos, names, written)
	case kindRecipient:
	default:
		c.problem(pos, "%s: here the dot is %s, since {{with}} has changed it; write $%s for a field of the recipient",
			written, k, "."+strings.Join(names, "."))
		return kindUnknown
	}
	switch {
	case names[0] == "Attributes" && len(names) == 1:
		return kindAttributes
	case names[0] == "Attributes":
		return c.attribute(pos, names[1:], written)
	case names[0] != "Name" && names[0] != "Email" && names[0] != FieldUnsubscribeURL:
		c.problem(pos, "unknown field %s.%s %s", words.Clip(written), c.suggest(names[0]), c.known())
	case len(names) > 1:
		c.problem(pos, "%s has no fields of its own; write {{.%s}}", "."+names[0], names[0])
	default:
		return kindText
	}
	return kindUnknown
}

func (c *checker) attribute(pos parse.Pos, names []string, written string) kind {
	if len(names) > 1 {
		c.problem(pos, "%s: an attribute has no fields of its own", words.Clip(written))
		return kindUnknown
	}
	if c.attributes != nil && !slices.Contains(c.attributes, names[0]) {
		c.problem(pos, "unknown field %s: no subscriber has this attribute.%s %s", words.Clip(written), c.suggest(names[0]), c.known())
		return kindUnknown
	}
	return kindText
}

// maxKnown is how many attributes a message lists.
const maxKnown = 20

// known lists the fields that exist.
func (c *checker) known() string {
	list := []string{".Name", ".Email"}
	for i, a := range c.attributes {
		if i == maxKnown {
			list = append(list, "and "+words.Count(len(c.attributes)-i, "more attribute"))
			break
		}
		list = append(list, ".Attributes."+a)
	}
	if c.attributes == nil {
		list = append(list, ".Attributes.<name of an attribute>")
	}
	return "Known fields: " + strings.Join(list, ", ") + "."
}

// suggest finds what was probably meant.
func (c *checker) suggest(name string) string {
	best, distance := "", 3
	for _, f := range append([]string{"Name", "Email", "Attributes"}, c.attributes...) {
		d := words.Edits(name, f)
		if d < distance && d < len(f) {
			best, distance = f, d
		}
	}
	switch best {
	case "":
		return ""
	case "Name", "Email":
		return " Did you mean ." + best + "?"
	case "Attributes":
		return " Did you mean .Attributes, followed by a dot and the name of an attribute?"
	}
	return " Did you mean .Attributes." + best + "?"
}
