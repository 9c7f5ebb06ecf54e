package roster

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"crier.dev/crier/internal/recipients/address"
)

// AddJSONLines reads one file with a JSON object (RFC 8259) on each line. The
// members email and name are what m says they are, if it says so; others are
// attributes, or only those that m names. Numbers and booleans are kept as
// they are written, several values of an array with "; " between; null is no
// value. Of an array of addresses, address.Choose says which is written to.
// Rows that can't be used are in the Result. Errors are those of AddCSV. A file
// of blank lines only is one without subscribers; one without anything is what
// an export that failed leaves.
func (c *Collector) AddJSONLines(source string, r io.Reader, m Mapping, o CSVOptions) error {
	in, reason, err := sniffJSON(r)
	if err != nil {
		return err
	}
	if reason != "" {
		return &FileError{Source: source, Line: 1, Reason: reason}
	}
	f := &jsonFile{c: c, source: source, opts: o, m: m.withDefaults(), noted: map[string]bool{}}
	lines, u := newLineReader(in, c.limits.Line), c.usage(source)
	for {
		ln, err := lines.next()
		if errors.Is(err, io.EOF) {
			return u.check()
		}
		if err != nil {
			return err
		}
		f.row(ln)
		if c.Full() {
			return &LimitError{c.limits.Rows}
		}
	}
}

func (m Mapping) withDefaults() Mapping {
	if m.Email == "" {
		m.Email = "email"
	}
	if m.Name == "" {
		m.Name = "name"
	}
	return m
}

// sniffJSON skips a byte order mark and recognises files that are no lines of
// objects at all.
func sniffJSON(r io.Reader) (in *bufio.Reader, reason string, err error) {
	in, head, err := peek(r)
	if err != nil {
		return nil, "", err
	}
	switch start := bytes.TrimSpace(head); {
	case len(head) == 0:
		return in, "The file is empty; one blank line says that it has no subscribers.", nil
	case bytes.HasPrefix(start, []byte("[")):
		return in, "The file is a JSON array; it must have one object on each line, without brackets and commas around them.", nil
	case bytes.Count(head, []byte{0}) > len(head)/4:
		return in, "The file is not UTF-8; JSON always is (RFC 8259, section 8.1).", nil
	}
	return in, "", nil
}

// jsonFile is one file while it is read.
type jsonFile struct {
	c      *Collector
	source string
	opts   CSVOptions
	m      Mapping
	noted  map[string]bool
}

func (f *jsonFile) row(ln line) {
	at := func() Rejected {
		out := Rejected{Source: f.source, Line: ln.no}
		if !f.opts.Confidential {
			out.Excerpt = excerpt(ln.text)
		}
		return out
	}
	if ln.long {
		f.c.refuse(at, fmt.Sprintf("The line is longer than %d octets.", f.c.limits.Line), f.c.name(Subscriber{}, ln.text))
		return
	}
	if strings.TrimSpace(ln.text) == "" {
		return
	}
	members, reason := f.object(ln.text)
	if reason != "" {
		f.c.refuse(at, reason, f.c.name(Subscriber{}, ln.text))
		return
	}
	s, also, reason := f.subscriber(ln, members)
	e := entry{at: at, also: also, rest: []string{ln.text}}
	if reason != "" {
		f.c.refuse(at, reason, f.c.nameAny(s, e))
		return
	}
	f.c.add(s, e)
}

// member of an object, in the order of the text.
type member struct {
	name  string
	value json.RawMessage
}

const noObject = "The line is not a JSON object."

// object takes a line apart. encoding/json alone would hide that a member is
// there twice.
func (f *jsonFile) object(text string) ([]member, string) {
	if !json.Valid([]byte(text)) {
		return nil, noObject
	}
	d := json.NewDecoder(strings.NewReader(text))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, noObject
	}
	var members []member
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		name, ok := t.(string)
		var value json.RawMessage
		if err != nil || !ok || d.Decode(&value) != nil {
			return nil, noObject
		}
		if seen[name] {
			return nil, "The object has a member twice."
		}
		seen[name] = true
		if members = append(members, member{name, value}); len(members) > f.c.limits.Columns {
			return nil, fmt.Sprintf("The object has more than %d members.", f.c.limits.Columns)
		}
	}
	return members, ""
}

// subscriber makes one of the members that are wanted. The address comes first:
// whom a row names counts, whatever else is wrong with it.
func (f *jsonFile) subscriber(ln line, members []member) (s Subscriber, also []string, reason string) {
	s.Attributes = map[string]string{}
	email := slices.IndexFunc(members, func(m member) bool { return same(m.name, f.m.Email) })
	if email < 0 {
		return s, nil, fmt.Sprintf("The object has no member %s.", excerpt(f.m.Email))
	}
	if s.Email, also, reason = addresses(members[email].value); reason != "" {
		return s, also, reason
	}
	name := false
	for i, m := range members {
		switch {
		case i == email:
			continue
		case !name && same(m.name, f.m.Name):
			name = true
			if json.Unmarshal(m.value, &s.Name) != nil {
				return s, also, "The name is not a text."
			}
			continue
		}
		if reason := f.attributes(ln, m, s.Attributes); reason != "" {
			return s, also, reason
		}
	}
	return s, also, ""
}

// addresses are a text, or an array of texts of one person.
func addresses(value json.RawMessage) (email string, also []string, reason string) {
	if json.Unmarshal(value, &email) == nil {
		return email, nil, ""
	}
	var several []string
	if json.Unmarshal(value, &several) != nil {
		return "", nil, "The email address is not a text."
	}
	email, also = address.Choose(several)
	return email, also, ""
}

func same(member, wanted string) bool {
	return strings.EqualFold(norm.NFC.String(strings.TrimSpace(member)), norm.NFC.String(strings.TrimSpace(wanted)))
}

// attributes puts a member where the mapping wants it.
func (f *jsonFile) attributes(ln line, m member, into map[string]string) string {
	if f.m.Attributes == nil {
		name := attributeName(strings.TrimSpace(m.name))
		if !identifier(name) || len(name) > f.c.limits.AttributeName {
			f.note(ln, "A member is left out because its name can't be an attribute: letters, digits and underscores.")
			return ""
		}
		if _, taken := into[name]; taken {
			return "Two members of the object have names that make the same attribute."
		}
		return set(into, name, m.value)
	}
	for name, wanted := range f.m.Attributes {
		if !same(m.name, wanted) {
			continue
		}
		if !identifier(name) || len(name) > f.c.limits.AttributeName {
			f.note(ln, fmt.Sprintf("Attribute %s is left out: its name must be letters, digits and underscores, at most %d.", excerpt(name), f.c.limits.AttributeName))
			continue
		}
		if reason := set(into, name, m.value); reason != "" {
			return reason
		}
	}
	return ""
}

// note says something once for a file.
func (f *jsonFile) note(ln line, text string) {
	if !f.noted[text] {
		f.noted[text] = true
		f.c.note(Rejected{Source: f.source, Line: ln.no, Reason: text})
	}
}

func set(into map[string]string, name string, value json.RawMessage) string {
	text, reason := scalars(value)
	if reason != "" {
		return "Attribute " + name + " " + reason
	}
	into[name] = text
	return ""
}

// scalars is a value as one text.
func scalars(value json.RawMessage) (text, reason string) {
	if !bytes.HasPrefix(bytes.TrimSpace(value), []byte("[")) {
		return scalar(value)
	}
	var list []json.RawMessage
	if json.Unmarshal(value, &list) != nil {
		return "", "is not JSON."
	}
	texts := make([]string, 0, len(list))
	for _, element := range list {
		one, reason := scalar(element)
		if reason != "" {
			return "", reason
		}
		if strings.Contains(one, ";") {
			return "", "has a semicolon in an element of its list; semicolons separate elements."
		}
		if one = strings.TrimSpace(one); one != "" {
			texts = append(texts, one)
		}
	}
	return strings.Join(texts, "; "), ""
}

func scalar(value json.RawMessage) (text, reason string) {
	value = bytes.TrimSpace(value)
	switch value[0] {
	case '{', '[':
		return "", "is an object or a list within a list; use a text, a number, true, false, or a list of these."
	case '"':
		if json.Unmarshal(value, &text) != nil {
			return "", "is not JSON."
		}
		return text, ""
	case 'n':
		return "", ""
	}
	return string(value), ""
}
