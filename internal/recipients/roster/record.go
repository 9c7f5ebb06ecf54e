package roster

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// record is one row, which a quoted cell may spread over several lines.
type record struct {
	fields []string
	line   int    // of its first line
	raw    string // first line as written
	rest   []line // the lines after the first, for a row that is whole
	reason string // why it can't be read, else ""
}

// A quoted cell that goes on for longer than this is a forgotten quote.
const maxCellLines = 50

const (
	bareQuote  = "A quotation mark is in the wrong place: put the whole field in quotation marks and double those inside it."
	openQuote  = "A quotation mark is opened and never closed; close it or remove it."
	tooManyRaw = "The row has more than %d columns."
)

// records reads rows as RFC 4180 writes them. A row that can't be read costs
// its first line only: reading goes on with the next one, since the quote that
// broke it may well have swallowed good rows.
type records struct {
	lines *lineReader
	delim byte
	limit int // columns
}

// next returns io.EOF after the last row. Blank rows are skipped.
func (r *records) next() (record, error) {
	for {
		first, err := r.lines.next()
		if err != nil {
			return record{}, err
		}
		rec := record{line: first.no, raw: first.text}
		if first.long {
			rec.reason = fmt.Sprintf("The line is longer than %d octets.", r.lines.limit)
			return rec, nil
		}
		if strings.Trim(first.text, " \t"+string(rune(r.delim))) == "" {
			continue
		}
		if err := r.read(&rec); err != nil {
			return record{}, err
		}
		return rec, nil
	}
}

// read splits rec.raw, with the lines that follow where a quote is open.
func (r *records) read(rec *record) error {
	text, extra := rec.raw, []line(nil)
	for {
		var open bool
		rec.fields, open, rec.reason = split(text, r.delim, r.limit)
		if !open {
			break
		}
		ln, err := line{}, io.EOF
		if len(extra) < maxCellLines && len(text) < r.lines.limit {
			ln, err = r.lines.next()
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if err != nil || ln.long {
			if err == nil {
				extra = append(extra, ln)
			}
			rec.reason = openQuote
			break
		}
		extra = append(extra, ln)
		text += "\n" + ln.text
	}
	if rec.reason != "" && len(extra) > 0 {
		r.lines.undo(extra)
		rec.reason = openQuote
		return nil
	}
	rec.rest = extra
	return nil
}

// retry gives the later lines of a rejected row back if they look like rows of
// their own, which a forgotten quote has swallowed.
func (r *records) retry(rec record) {
	for _, ln := range rec.rest {
		if strings.Contains(ln.text, "@") {
			r.lines.undo(rec.rest)
			return
		}
	}
}

// split cuts one row at delim. open says that the text ends inside quotes.
func split(text string, delim byte, limit int) (fields []string, open bool, reason string) {
	for {
		if len(fields) >= limit {
			return nil, false, fmt.Sprintf(tooManyRaw, limit)
		}
		start := strings.TrimLeft(text, " ")
		if !strings.HasPrefix(start, `"`) {
			end := strings.IndexByte(text, delim)
			cell := text
			if end >= 0 {
				cell = text[:end]
			}
			if strings.Contains(cell, `"`) {
				return nil, false, bareQuote
			}
			fields = append(fields, cell)
			if end < 0 {
				return fields, false, ""
			}
			text = text[end+1:]
			continue
		}
		cell, rest, closed := quoted(start[1:])
		if !closed {
			return nil, true, ""
		}
		fields = append(fields, cell)
		rest = strings.TrimLeft(rest, " ")
		if rest == "" {
			return fields, false, ""
		}
		if rest[0] != delim {
			return nil, false, bareQuote
		}
		text = rest[1:]
	}
}

// quoted reads up to the closing quote; a doubled one stands for itself.
func quoted(s string) (cell, rest string, closed bool) {
	var b strings.Builder
	for {
		q := strings.IndexByte(s, '"')
		if q < 0 {
			return "", "", false
		}
		b.WriteString(s[:q])
		s = s[q+1:]
		if !strings.HasPrefix(s, `"`) {
			return b.String(), s, true
		}
		b.WriteByte('"')
		s = s[1:]
	}
}
