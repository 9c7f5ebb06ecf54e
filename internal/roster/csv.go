package roster

import (
	"bufio"
	"bytes"
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
// lines and trailing delimiters). Rows that can't be used are in the Result.
// An error is one of r's, or a *LimitError when the file was left unread from
// the limit on.
func (c *Collector) AddCSV(source string, r io.Reader, m Mapping, o CSVOptions) error {
	in := bufio.NewReaderSize(r, 4096)
	reason, err := sniff(in)
	if err != nil {
		return err
	}
	if reason != "" {
		c.reject(Rejected{Source: source, Line: 1, Reason: reason})
		return nil
	}
	f := &file{c: c, source: source, opts: o, rows: &records{
		lines: newLineReader(in, c.limits.Line),
		limit: c.limits.Columns,
	}}
	ok, err := f.readHeader(m)
	if !ok || err != nil {
		return err
	}
	return f.readRows()
}

// sniff skips a UTF-8 byte order mark and recognises files that aren't UTF-8
// text at all.
func sniff(in *bufio.Reader) (reason string, err error) {
	head, err := in.Peek(512)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	const utf16 = "The file is UTF-16 (a spreadsheet's \"Unicode text\"); save it as \"CSV UTF-8\"."
	switch {
	case len(bytes.TrimSpace(head)) == 0 && len(head) < 512:
		return "The file is empty; its first line must name the columns.", nil
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}), bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return utf16, nil
	case bytes.Count(head, []byte{0}) > len(head)/4:
		return utf16, nil
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return "The file is a spreadsheet or a zip archive, not CSV; export it as \"CSV UTF-8\".", nil
	case bytes.HasPrefix(head, []byte{0xef, 0xbb, 0xbf}):
		_, err = in.Discard(3)
		return "", err
	}
	return "", nil
}

// file is one CSV file while it is read.
type file struct {
	c      *Collector
	source string
	opts   CSVOptions
	rows   *records
	cols   columns
	header []string
}

func (f *file) at(rec record) Rejected {
	out := Rejected{Source: f.source, Line: rec.line}
	if !f.opts.Confidential {
		out.Excerpt = excerpt(rec.raw)
	}
	return out
}

func (f *file) reject(rec record, reason string) {
	at := f.at(rec)
	at.Reason = reason
	f.c.reject(at)
}

func (f *file) readRows() error {
	valid := false
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
	}
	return nil
}

// row handles one record and says whether it held a valid subscriber.
func (f *file) row(rec record) bool {
	if rec.reason != "" {
		f.reject(rec, rec.reason)
		return false
	}
	fields, reason := f.fit(rec.fields)
	if reason != "" {
		f.reject(rec, reason)
		f.rows.retry(rec)
		return false
	}
	if f.c.add(f.cols.subscriber(fields), func() Rejected { return f.at(rec) }) {
		return true
	}
	f.rows.retry(rec)
	return false
}

// fit drops empty trailing cells that the header doesn't have, and recognises
// rows that don't belong to this header.
func (f *file) fit(fields []string) ([]string, string) {
	n := len(f.header)
	for len(fields) > n && strings.TrimSpace(fields[len(fields)-1]) == "" {
		fields = fields[:len(fields)-1]
	}
	switch {
	case len(fields) < n:
		return nil, tooFew(len(fields), n)
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
