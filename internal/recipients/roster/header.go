package roster

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode"

	"crier.dev/crier/internal/invisible"
	"crier.dev/crier/internal/words"
)

func tooMany(got, want int) string {
	return fmt.Sprintf("The row has %s but the header names %s; put a value that contains the delimiter in quotation marks.",
		words.Count(got, "field"), words.Count(want, "column"))
}

// columns are places in a row; -1 where a file has no such column.
type columns struct {
	email, name int
	attributes  []attribute
}

type attribute struct {
	name   string
	column int
}

func (c columns) subscriber(fields []string) Subscriber {
	s := Subscriber{Email: fields[c.email]}
	if c.name >= 0 {
		s.Name = fields[c.name]
	}
	if len(c.attributes) > 0 {
		s.Attributes = make(map[string]string, len(c.attributes))
		for _, a := range c.attributes {
			s.Attributes[a.name] = fields[a.column]
		}
	}
	return s
}

// readHeader finds the columns. A *FileError says that they aren't there.
func (f *file) readHeader(m Mapping) (err error) {
	f.rows.delim, err = f.delimiter(m)
	if err != nil {
		return f.noHeader(err)
	}
	rec, err := f.rows.next()
	if err != nil {
		return f.noHeader(err)
	}
	if rec.reason != "" {
		return f.bad(rec, "The header line can't be read. "+rec.reason)
	}
	for _, h := range rec.fields {
		f.header = append(f.header, strings.TrimFunc(h, blank))
	}
	for n := len(f.header); n > 1 && f.header[n-1] == ""; n-- {
		f.header = f.header[:n-1]
	}
	return f.mapColumns(rec, m)
}

// blank is what stands around the name of a column without being part of it.
func blank(r rune) bool { return unicode.IsSpace(r) || invisible.Any(r) }

// bad is a file that can't be used.
func (f *file) bad(rec record, reason string) error {
	return &FileError{Source: f.source, Line: rec.line, Reason: reason}
}

func (f *file) noHeader(err error) error {
	if errors.Is(err, io.EOF) {
		return &FileError{Source: f.source, Reason: "The file has no header; its first line must name the columns."}
	}
	return err
}

// delimiter looks at the first line that isn't blank and gives it back.
func (f *file) delimiter(m Mapping) (byte, error) {
	if d := f.opts.Delimiter; d != 0 {
		if d > '~' || d == '"' || d == '\r' || d == '\n' {
			return 0, fmt.Errorf("delimiter %q can't separate columns", d)
		}
		return byte(d), nil
	}
	for {
		ln, err := f.rows.lines.next()
		if err != nil {
			return 0, err
		}
		if strings.TrimSpace(ln.text) == "" {
			continue
		}
		f.rows.lines.undo([]line{ln})
		return guess(ln.text, m), nil
	}
}

var delimiters = []byte{',', ';', '\t', '|'}

// guess is the delimiter under which the header has a column of addresses, else
// the one that there are most of.
func guess(header string, m Mapping) byte {
	m = m.withDefaults()
	for _, d := range delimiters {
		cells, _, _ := split(header, d, len(header)+1)
		if slices.ContainsFunc(cells, func(cell string) bool {
			cell = strings.TrimFunc(cell, blank)
			return same(cell, m.Email) || m.OrEmail != "" && same(cell, m.OrEmail)
		}) {
			return d
		}
	}
	return mostFrequent(header)
}

func mostFrequent(header string) byte {
	unquoted, inside := []byte(nil), false
	for i := range len(header) {
		if header[i] == '"' {
			inside = !inside
		} else if !inside {
			unquoted = append(unquoted, header[i])
		}
	}
	best, most := byte(','), 0
	for _, d := range delimiters {
		n := strings.Count(string(unquoted), string(rune(d)))
		if d == ',' && n > 0 {
			return d
		}
		if n > most {
			best, most = d, n
		}
	}
	return best
}

func (f *file) find(column string) int {
	return slices.IndexFunc(f.header, func(h string) bool {
		return same(h, column)
	})
}

func (f *file) mapColumns(rec record, m Mapping) error {
	m = m.withDefaults()
	f.cols = columns{email: f.find(m.Email), name: f.find(m.Name)}
	if f.cols.email < 0 && m.OrEmail != "" {
		f.cols.email = f.find(m.OrEmail)
	}
	if f.cols.email < 0 {
		return f.noAddresses(rec, m.Email)
	}
	if m.Attributes == nil {
		f.mapAll(rec)
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(m.Attributes)) {
		column := m.Attributes[name]
		i := f.find(column)
		switch {
		case !identifier(name) || len(name) > f.c.limits.AttributeName:
			f.note(rec, fmt.Sprintf("Attribute %s is left out: its name must be letters, digits and underscores, at most %d.", excerpt(name), f.c.limits.AttributeName))
		case i < 0:
			f.note(rec, fmt.Sprintf("Attribute %s is empty for everybody in this file: there is no column %s.", name, excerpt(column)))
		default:
			f.cols.attributes = append(f.cols.attributes, attribute{name, i})
		}
	}
	return nil
}

func (f *file) note(rec record, text string) {
	f.c.note(Rejected{Source: f.source, Line: rec.line, Reason: text})
}

// noAddresses explains a file without a column of addresses. A line with an
// "@" is a subscriber, not a header.
func (f *file) noAddresses(rec record, want string) error {
	reason := fmt.Sprintf("There is no column %s.", excerpt(want))
	switch {
	case strings.Contains(rec.raw, "@"):
		reason = "The first line must name the columns, but it contains a subscriber; add a line such as email,name at the top."
	case !f.opts.Confidential:
		reason = fmt.Sprintf("There is no column %s. The file has: %s. Rename one, or map the one with the address in columns.",
			excerpt(want), excerpt(strings.Join(f.header, ", ")))
	}
	return f.bad(rec, reason)
}

// mapAll makes an attribute of every column that isn't address or name.
func (f *file) mapAll(rec record) {
	taken := map[string]bool{}
	for i, h := range f.header {
		if i == f.cols.email || i == f.cols.name {
			continue
		}
		name := attributeName(h)
		why := ""
		switch {
		case !identifier(name):
			why = "its name can't be made of letters, digits and underscores"
		case len(name) > f.c.limits.AttributeName:
			why = "its name is too long"
		case taken[name]:
			why = "an earlier column has the same name"
		case strings.EqualFold(h, f.header[f.cols.email]):
			why = "an earlier column has the same name"
		}
		if why == "" {
			taken[name] = true
			f.cols.attributes = append(f.cols.attributes, attribute{name, i})
			continue
		}
		what := fmt.Sprintf("Column %d", i+1)
		if !f.opts.Confidential && h != "" {
			what += " (" + excerpt(h) + ")"
		}
		f.note(rec, what+" is ignored: "+why+".")
	}
}

// attributeName makes an identifier of a column's name where that is plain:
// "Cost center" becomes Cost_center.
func attributeName(header string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '.' || r == '/' {
			return '_'
		}
		return r
	}, header)
}
