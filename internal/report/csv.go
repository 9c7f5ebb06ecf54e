package report

import (
	"bytes"
	"encoding/csv"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"crier.dev/crier/internal/redact"
)

const (
	// MaxAttachment is the most octets of CSV that are attached to a mail.
	MaxAttachment = 5 << 20
	// maxRows is the most octets of CSV that a report has, about 400,000
	// recipients. The rows beyond are counted and left out.
	maxRows = 64 << 20

	maxAddress = 320 // RFC 3696 erratum 1690: 64 + 1 + 254, rounded up
	maxWords   = 512 // RFC 5321 section 4.5.3.1.5
)

// columns is the header line; documented for readers of the CSV, so columns
// are only ever added at the end. Of several lists, listColumn follows.
var columns = []string{"address", "state", "reason", "smtp_code", "enhanced_code",
	"server_words", "phase", "attempts", "last_attempt"}

// listColumn names the list that a recipient was reached by.
const listColumn = "list"

// table is CSV under construction. No cell holds a line break, so a line is
// a row and may be cut at any of them. It holds the beginning, as much as an
// attachment may have, and hands everything on to pages.
type table struct {
	rows    bytes.Buffer
	lists   []List // where there are several
	full    bool   // rows takes no more
	limit   int    // octets of all rows
	size    int
	line    bytes.Buffer
	writer  *csv.Writer // into line; kept because a new one costs 4 KiB
	kept    int64
	dropped int64
	pages   *pages // nil if nobody wants them
}

// add writes a row, unless that would exceed the limit. A dropped row stops
// the table: a reader must not take a later, shorter row for "all that came
// after".
func (t *table) add(r Row) {
	if t.dropped > 0 {
		t.dropped++
		return
	}
	if t.writer == nil {
		t.writer = csv.NewWriter(&t.line)
	}
	t.line.Reset()
	writeRecord(t.writer, t.cells(r))
	if t.size+t.line.Len() > t.limit {
		t.dropped++
		return
	}
	t.size += t.line.Len()
	t.kept++
	t.full = t.full || t.rows.Len()+t.line.Len() > MaxAttachment
	if !t.full {
		t.rows.Write(t.line.Bytes())
	}
	if t.pages != nil {
		t.pages.add(t.line.Bytes())
	}
}

func (t *table) cells(r Row) []string {
	code := ""
	if r.Code != 0 {
		code = strconv.Itoa(r.Code)
	}
	last := ""
	if !r.LastAttempt.IsZero() {
		last = r.LastAttempt.UTC().Format(time.RFC3339)
	}
	row := []string{
		cell(r.Recipient, maxAddress), cell(string(r.State), 32), cell(string(r.Cause), 64),
		code, cell(r.Enhanced, 16), cell(r.Text, maxWords), cell(r.Phase, 32),
		strconv.Itoa(max(r.Attempts, 0)), last,
	}
	if len(t.lists) > 0 {
		name := ""
		if r.List >= 0 && r.List < len(t.lists) {
			name = t.lists[r.List].Name
		}
		row = append(row, cell(name, maxName))
	}
	return row
}

// cell makes a value safe for spreadsheets, which take one that begins with
// these for a formula (OWASP: CSV injection; full-width forms count as the
// plain ones in some languages). An address may begin with = + or -. Leading
// tabs and line ends, which have the same effect, are cleaned away.
func cell(s string, max int) string {
	s = redact.Clean(s, max)
	first, _ := utf8.DecodeRuneInString(s)
	if s != "" && strings.ContainsRune("=+-@＝＋－＠", first) {
		return "'" + s
	}
	return s
}

// writeRecord writes into a bytes.Buffer, which never fails.
func writeRecord(w *csv.Writer, record []string) {
	_ = w.Write(record)
	w.Flush()
}

func (t *table) header() []byte {
	names := columns[:len(columns):len(columns)]
	if len(t.lists) > 0 {
		names = append(names, listColumn)
	}
	var b bytes.Buffer
	writeRecord(csv.NewWriter(&b), names)
	return b.Bytes()
}

// whole is header and rows in at most max octets, and how many rows it has.
// max is at most MaxAttachment.
func (t *table) whole(max int) (content []byte, rows int64) {
	head := t.header()
	body := cutLines(t.rows.Bytes(), max-len(head))
	return append(head, body...), int64(bytes.Count(body, []byte{'\n'}))
}

// pages divides rows into contents of a bounded size, each with the header
// line. A row longer than a page has a page of its own: nothing is left out.
type pages struct {
	header      []byte
	first, rest int // octets of a page
	put         func(page int, content []byte) error
	buf         bytes.Buffer
	done        int
	err         error
}

func (p *pages) add(line []byte) {
	limit := p.rest
	if p.done == 0 {
		limit = p.first
	}
	if p.buf.Len() == 0 {
		p.buf.Write(p.header)
	} else if p.buf.Len()+len(line) > limit {
		p.flush()
		p.buf.Write(p.header)
	}
	p.buf.Write(line)
}

func (p *pages) flush() {
	if p.err == nil {
		p.err = p.put(p.done, bytes.Clone(p.buf.Bytes()))
	}
	p.done++
	p.buf.Reset()
}

// close hands on what is left, at least one page.
func (p *pages) close() error {
	if p.buf.Len() == 0 && p.done == 0 {
		p.buf.Write(p.header)
	}
	if p.buf.Len() > 0 {
		p.flush()
	}
	return p.err
}

// cutLines is as many whole lines as fit.
func cutLines(lines []byte, room int) []byte {
	if len(lines) <= room {
		return lines
	}
	if room <= 0 {
		return nil
	}
	return lines[:bytes.LastIndexByte(lines[:room], '\n')+1]
}
