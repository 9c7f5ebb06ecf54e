package roster

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"crier.dev/crier/internal/invisible"
	"crier.dev/crier/internal/recipients/address"
	"crier.dev/crier/internal/words"
)

// AddSubscriber takes one entry that is already split into fields: an inline
// subscriber. line is its place in the source, from 1, or 0. also are further
// addresses of the same person: nothing is sent there, but whoever excludes the
// set leaves them out as well.
func (c *Collector) AddSubscriber(source string, line int, s Subscriber, also ...string) {
	c.add(s, entry{also: also, at: func() Rejected { return Rejected{Source: source, Line: line, Excerpt: excerpt(s.Email)} }})
}

// AddConfidential is AddSubscriber for a source whose content is not shown.
func (c *Collector) AddConfidential(source string, line int, s Subscriber, also ...string) {
	c.add(s, entry{also: also, at: func() Rejected { return Rejected{Source: source, Line: line} }})
}

// entry is what is known of a row besides its subscriber.
type entry struct {
	at   func() Rejected // where it is, for the case that it has to be rejected
	also []string        // further addresses of the same person
	rest []string        // other texts of the row
}

// add checks and takes one subscriber. If it has to be rejected, whoever it
// names is remembered. It returns whether the row was a valid one, be it a
// duplicate.
func (c *Collector) add(s Subscriber, e entry) bool {
	row := s
	a, reason := c.check(&s)
	switch {
	case reason != "":
	case c.divert != nil && !c.full():
		c.diverted++
		if reason = c.divert(a.Key, s); reason != "" {
			c.refuse(e.at, reason, 1) // whoever takes rows elsewhere has it
			return false
		}
	default:
		reason = c.take(a.Key, s)
	}
	if reason == "" {
		c.name(row, e.also...)
		return true
	}
	c.refuse(e.at, reason, c.nameAny(row, e))
	return false
}

// nameAny remembers whom a row names that was rejected: whoever is in its
// field for the address, and if nobody is, anybody in the row.
func (c *Collector) nameAny(row Subscriber, e entry) int {
	if n := c.name(row, append(e.also, row.Email)...); n > 0 {
		return n
	}
	if e.rest != nil {
		return c.name(row, e.rest...)
	}
	n := c.name(row, row.Name)
	for _, value := range row.Attributes {
		n += c.name(row, value)
	}
	return n
}

// take keeps a subscriber who was checked, or says why not.
func (c *Collector) take(key string, s Subscriber) (reason string) {
	if c.full() {
		c.result.LimitReached = true
		return (&LimitError{c.limits.Rows}).Error()
	}
	for name := range s.Attributes {
		if _, known := c.attrs[name]; !known && len(c.attrs) >= maxNames {
			return fmt.Sprintf("The earlier subscribers already have %d different attributes, and this row has another.", maxNames)
		}
	}
	if c.sorter.Add(key, s) != nil {
		return "The row is too large."
	}
	for name := range s.Attributes {
		c.attrs[name] = struct{}{}
	}
	return ""
}

// maxNames is how many different attributes all subscribers may have: rows of
// JSON could each have others, and all of them are remembered.
const maxNames = 1024

// maxRepeated times Limits.Rows is how many rows are read at most: how many of
// them are different is only known once they are sorted.
const maxRepeated = 2

func (c *Collector) refuse(at func() Rejected, reason string, named int) {
	rejected := at()
	rejected.Reason, rejected.Named = reason, named
	c.reject(rejected)
}

// LimitError says that there are more subscribers than the limit allows.
type LimitError struct{ Rows int }

func (e *LimitError) Error() string {
	return fmt.Sprintf("There are more than %s subscribers, which is the limit; split the set.", words.Number(e.Rows))
}

// check trims the fields, composes them (NFC), so that what looks alike is
// alike, drops empty attributes, and puts the normalised address into s.
func (c *Collector) check(s *Subscriber) (address.Address, string) {
	a, err := address.Read(s.Email)
	if err != nil {
		return a, addressReason(err)
	}
	s.Email = a.Spelled
	s.Name = norm.NFC.String(strings.TrimSpace(s.Name))
	if reason := checkText("The name", s.Name, c.limits.Name); reason != "" {
		return a, reason
	}
	attrs, reason := c.checkAttributes(s.Attributes)
	if reason != "" {
		return a, reason
	}
	s.Attributes = attrs
	return a, ""
}

func addressReason(err error) string {
	var e *address.Error
	if !errors.As(err, &e) {
		return "The email address is not valid."
	}
	switch e.Reason {
	case "empty":
		return "The email address is empty."
	case "not valid UTF-8":
		return notUTF8
	}
	return "The email address is not valid: " + e.Reason + "."
}

const notUTF8 = "The row is not UTF-8 text (it may be Latin-1 or Windows-1252); save the file as UTF-8."

func (c *Collector) checkAttributes(in map[string]string) (map[string]string, string) {
	if len(in) == 0 {
		return nil, ""
	}
	out := make(map[string]string, len(in))
	for _, name := range slices.Sorted(maps.Keys(in)) {
		value := norm.NFC.String(strings.TrimSpace(in[name]))
		if value == "" {
			continue
		}
		if len(name) > c.limits.AttributeName {
			return nil, fmt.Sprintf("The name of an attribute is longer than %d octets.", c.limits.AttributeName)
		}
		if !identifier(name) {
			return nil, "The name of an attribute may have only letters a to z, digits and underscores, and must not begin with a digit."
		}
		if reason := checkText("Attribute "+name, value, c.limits.AttributeValue); reason != "" {
			return nil, reason
		}
		if reason := c.checkType(name, value); reason != "" {
			return nil, reason
		}
		out[name] = value
	}
	if len(out) > c.limits.Attributes {
		return nil, fmt.Sprintf("There are more than %s.", words.Count(c.limits.Attributes, "attribute"))
	}
	if len(out) == 0 {
		return nil, ""
	}
	return out, ""
}

// checkType says what is expected of an attribute whose value isn't that.
func (c *Collector) checkType(name, value string) string {
	if t := c.types[name]; t != nil {
		if err := t.Check(value); err != nil {
			return fmt.Sprintf("Attribute %s: %s.", name, err)
		}
	}
	return ""
}

// checkText refuses what could end a header line or reorder what is shown:
// names and attributes go into subjects and To headers.
func checkText(what, s string, limit int) string {
	switch {
	case !utf8.ValidString(s):
		return notUTF8
	case len(s) > limit:
		return fmt.Sprintf("%s is longer than %d octets.", what, limit)
	case strings.ContainsAny(s, "\r\n\u2028\u2029\u0085"):
		return what + " has a line break; put it on one line."
	case strings.ContainsRune(s, 0):
		return what + " has a NUL character; the file may be UTF-16 or damaged; save it as UTF-8."
	case strings.ContainsFunc(s, func(r rune) bool { return r != '\t' && unicode.IsControl(r) }):
		return what + " has a control character; remove it."
	case strings.ContainsRune(s, utf8.RuneError):
		return what + " has a replacement character (\ufffd): a conversion lost a letter; export the file again as UTF-8."
	case strings.ContainsFunc(s, invisible.Direction):
		return what + " has an invisible character that changes the direction of writing; remove it."
	}
	return ""
}

func identifier(s string) bool {
	for i, r := range s {
		letter := r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return s != ""
}

// excerptRunes is how much of a row is shown to the person who mends it.
const excerptRunes = 80

// excerpt makes the beginning of a row safe to print on one line.
func excerpt(s string) string {
	if len(s) > excerptRunes*4 {
		s = s[:excerptRunes*4]
	}
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || r == utf8.RuneError {
			return '?'
		}
		return r
	}, s)
	if runes := []rune(s); len(runes) > excerptRunes {
		return string(runes[:excerptRunes]) + "..."
	}
	return s
}
