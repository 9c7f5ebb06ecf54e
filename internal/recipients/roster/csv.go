package roster

import (
	"errors"
	"io"
	"strings"
)

// Mapping says which column holds what. Column names match whatever their
// case, and surrounding space doesn't count.
type Mapping struct {
	Email string // column of the address; default "email"
	// OrEmail is the column of the address in files that have no column Email.
	OrEmail string
	Name    string // column of the display name; default "name"; it may be missing
	// Attributes maps the name of an attribute to its column. Nil makes every
	// other column an attribute under its own name.
	Attributes map[string]string
}

// CSVOptions say how a file is read.
type CSVOptions struct {
	// Delimiter is one ASCII character. 0 finds it out from the header: comma,
	// else semicolon, tab or vertical bar.
	Delimiter rune
	// Confidential keeps every part of the content out of what is reported.
	Confidential bool
}

// AddCSV reads one file: a header that names the columns, then one subscriber
// a row (RFC 4180, with any line end, and tolerant of a byte order mark, blank
// lines, and delimiters that are missing or too many after the last cell with
// something in it). Rows that can't be used are in the Result, and whoever they
// name is in the roster, see Row.Named. An error is one of r's, a *FileError if
// nobody can be read out of the file, or a *LimitError when it was left unread
// from the limit on. A file with a header and no row is one without subscribers.
func (c *Collector) AddCSV(source string, r io.Reader, m Mapping, o CSVOptions) error {
	in, reason, err := sniff(r)
	if err != nil {
		return err
	}
	if reason != "" {
		return &FileError{Source: source, Line: 1, Reason: reason}
	}
	f := &file{c: c, source: source, opts: o, mapped: m.Attributes != nil, rows: &records{
		lines: newLineReader(in, c.limits.Line),
		limit: c.limits.Columns,
	}}
	if err := f.readHeader(m); err != nil {
		return err
	}
	return f.readRows()
}

// file is one CSV file while it is read.
type file struct {
	c      *Collector
	source string
	opts   CSVOptions
	mapped bool // attributes are mapped to columns one by one
	rows   *records
	cols   columns
	header []string
	noted  map[string]bool
}

func (f *file) at(rec record) Rejected {
	out := Rejected{Source: f.source, Line: rec.line}
	if !f.opts.Confidential {
		out.Excerpt = excerpt(rec.raw)
	}
	return out
}

// reject notes a row that can't be cut into its columns, and whom it names.
func (f *file) reject(rec record, reason string) {
	f.c.refuse(func() Rejected { return f.at(rec) }, reason, f.nameLoosely(rec))
}

func (f *file) readRows() error {
	valid, u := false, f.c.usage(f.source)
	for {
		rec, err := f.rows.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if f.row(rec) {
			valid = true
		}
		if f.c.result.LimitReached {
			return &LimitError{f.c.limits.Rows}
		}
	}
	if valid {
		for _, a := range f.cols.attributes {
			f.c.attrs[a.name] = struct{}{}
		}
		return nil
	}
	return u.check()
}

// row handles one record and says whether it held a valid subscriber.
func (f *file) row(rec record) bool {
	fields := rec.fields
	if rec.reason != "" {
		var ok bool
		if fields, ok = f.mend(rec); !ok {
			f.reject(rec, rec.reason)
			return false
		}
	}
	fields, reason := f.fit(fields)
	if reason == "" && f.swallowed(rec) {
		reason = openQuote
	}
	if reason != "" {
		f.reject(rec, reason)
		f.rows.retry(rec)
		return false
	}
	f.fold(rec, fields)
	if f.c.add(f.cols.subscriber(fields), entry{at: func() Rejected { return f.at(rec) }, rest: fields}) {
		f.nameLines(rec)
		return true
	}
	f.rows.retry(rec)
	return false
}

// fit drops empty cells at the end that the header doesn't have, adds those
// that the row doesn't have, and recognises rows that don't belong to this
// header.
func (f *file) fit(fields []string) ([]string, string) {
	n := len(f.header)
	for len(fields) > n && strings.TrimSpace(fields[len(fields)-1]) == "" {
		fields = fields[:len(fields)-1]
	}
	for len(fields) < n {
		fields = append(fields, "")
	}
	switch {
	case len(fields) > n:
		return nil, tooMany(len(fields), n)
	case f.isHeader(fields):
		return nil, "The header line is repeated here; remove it."
	}
	return fields, ""
}

func (f *file) isHeader(fields []string) bool {
	for i, h := range f.header {
		if !strings.EqualFold(strings.TrimSpace(fields[i]), h) {
			return false
		}
	}
	return true
}
