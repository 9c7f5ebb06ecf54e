package roster

import (
	"strings"

	"crier.dev/crier/internal/recipients/address"
)

// loose cuts a row whose quotation marks don't follow RFC 4180: a field with
// one where it can't be is taken as it is written, which stray says.
func loose(text string, delim byte) (fields []string, stray []bool) {
	for {
		start := strings.TrimLeft(text, " ")
		if strings.HasPrefix(start, `"`) {
			cell, rest, closed := quoted(start[1:])
			rest = strings.TrimLeft(rest, " ")
			if closed && (rest == "" || rest[0] == delim) {
				fields, stray = append(fields, cell), append(stray, false)
				if rest == "" {
					return fields, stray
				}
				text = rest[1:]
				continue
			}
		}
		cell, rest, more := strings.Cut(text, string(rune(delim)))
		fields, stray = append(fields, cell), append(stray, strings.Contains(cell, `"`))
		if !more {
			return fields, stray
		}
		text = rest
	}
}

// mend reads a row with misplaced quotation marks, if none of them is in a
// column that is used: what is in the others doesn't cost the row.
func (f *file) mend(rec record) (fields []string, ok bool) {
	if rec.reason != bareQuote && rec.reason != openQuote {
		return nil, false
	}
	fields, stray := loose(rec.raw, f.rows.delim)
	if len(fields) > len(f.header) {
		return nil, false
	}
	for i, is := range stray {
		if is && f.used(i) {
			return nil, false
		}
	}
	for i, is := range stray {
		if is {
			f.noteColumn(rec, i, "has a stray quotation mark, and is kept as it is written")
		}
	}
	return fields, true
}

// used says whether somebody asked for a column by its name: the address, the
// name, and attributes that are mapped or declared.
func (f *file) used(column int) bool {
	if column == f.cols.email || column == f.cols.name {
		return true
	}
	for _, a := range f.cols.attributes {
		if a.column == column {
			_, declared := f.c.types[a.name]
			return f.mapped || declared
		}
	}
	return false
}

// fold makes blanks of the line breaks in columns that nobody asked for by
// name, as address books have them in their notes.
func (f *file) fold(rec record, fields []string) {
	if len(rec.rest) == 0 && !strings.ContainsAny(rec.raw, "\u2028\u2029\u0085") {
		return
	}
	for i, cell := range fields {
		if i >= len(f.header) || f.used(i) || !strings.ContainsAny(cell, lineBreaks) {
			continue
		}
		fields[i] = strings.Join(strings.FieldsFunc(cell, func(r rune) bool { return strings.ContainsRune(lineBreaks, r) }), " ")
		f.noteColumn(rec, i, "has line breaks, which become blanks")
	}
}

const lineBreaks = "\r\n\u2028\u2029\u0085"

// noteColumn says something once about a column, if it becomes an attribute.
func (f *file) noteColumn(rec record, column int, what string) {
	for _, a := range f.cols.attributes {
		if a.column != column || f.noted[a.name+what] {
			continue
		}
		if f.noted == nil {
			f.noted = map[string]bool{}
		}
		f.noted[a.name+what] = true
		f.note(rec, "Attribute "+a.name+" "+what+".")
	}
}

// swallowed says whether a quoted field of several lines looks like a forgotten
// quotation mark: one of its lines is a row of its own.
func (f *file) swallowed(rec record) bool {
	for _, ln := range rec.rest {
		if !strings.Contains(ln.text, "@") {
			continue
		}
		fields, _ := loose(ln.text, f.rows.delim)
		if len(fields) <= f.cols.email || len(fields) == 1 && len(f.header) > 1 {
			continue
		}
		if _, err := address.Read(fields[f.cols.email]); err == nil {
			return true
		}
	}
	return false
}

// nameLoosely remembers whom a row names that can't be cut into its columns.
// Whatever broke it moved the address to the right by as many fields as there
// are too many; if it isn't there, anybody in the row counts.
func (f *file) nameLoosely(rec record) (n int) {
	fields := strings.Split(rec.raw, string(rune(f.rows.delim)))
	for i, cell := range fields {
		fields[i] = strings.Trim(strings.TrimSpace(cell), `"`)
	}
	extra := max(0, len(fields)-len(f.header))
	row := Subscriber{Attributes: map[string]string{}}
	for _, a := range f.cols.attributes {
		row.Attributes[a.name] = strings.Join(window(fields, a.column, extra), "\n")
	}
	if n = f.c.name(row, window(fields, f.cols.email, extra)...); n == 0 {
		n = f.c.name(row, fields...)
	}
	return n
}

// nameLines remembers whom the later lines of a row name that was taken: they
// may be the text of a note, or rows that a quotation mark has hidden.
func (f *file) nameLines(rec record) {
	for _, ln := range rec.rest {
		fields, _ := loose(ln.text, f.rows.delim)
		if f.cols.email < len(fields) {
			f.c.name(Subscriber{}, fields[f.cols.email])
		}
	}
}

// window are the fields in which a column can be when there are too many.
func window(fields []string, column, extra int) []string {
	from := min(column, len(fields))
	return fields[from:min(from+extra+1, len(fields))]
}
