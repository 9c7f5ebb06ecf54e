package report

import (
	"bytes"
	"encoding/csv"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	// MaxAttachment is the most octets of CSV that are attached to a mail.
	MaxAttachment = 5 << 20
	// maxKept is the most octets of CSV that a Builder keeps, about 400,000
	// recipients. The rows beyond are counted and left out.
	maxKept = 64 << 20

	maxAddress = 320 // RFC 3696 erratum 1690: 64 + 1 + 254, rounded up
	maxWords   = 512 // RFC 5321 section 4.5.3.1.5
)

// columns is the header line; documented for readers of the CSV, so columns
// are only ever added at the end.
var columns = []string{"address", "state", "reason", "smtp_code", "enhanced_code",
	"server_words", "phase", "attempts", "last_attempt"}

// table is CSV under construction. No cell holds a line break, so a line is
// a row and may be cut at any of them.
type table struct {
	rows    bytes.Buffer
	limit   int
	line    bytes.Buffer
	writer  *csv.Writer // into line; kept because a new one costs 4 KiB
	kept    int64
	dropped int64
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
	writeRecord(t.writer, cells(r))
	if t.rows.Len()+t.line.Len() > t.limit {
		t.dropped++
		return
	}
	t.rows.Write(t.line.Bytes())
	t.kept++
}

func cells(r Row) []string {
	code := ""
	if r.Code != 0 {
		code = strconv.Itoa(r.Code)
	}
	last := ""
	if !r.LastAttempt.IsZero() {
		last = r.LastAttempt.UTC().Format(time.RFC3339)
	}
	return []string{
		cell(r.Recipient, maxAddress), cell(string(r.State), 32), cell(string(r.Cause), 64),
		code, cell(r.Enhanced, 16), cell(r.Text, maxWords), cell(r.Phase, 32),
		strconv.Itoa(max(r.Attempts, 0)), last,
	}
}

// cell makes a value safe for spreadsheets, which take one that begins with
// these for a formula (OWASP: CSV injection; full-width forms count as the
// plain ones in some languages). An address may begin with = + or -. Leading
// tabs and line ends, which have the same effect, are cleaned away.
func cell(s string, max int) string {
	s = Clean(s, max)
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

func header() []byte {
	var b bytes.Buffer
	writeRecord(csv.NewWriter(&b), columns)
	return b.Bytes()
}

// whole is header and rows in at most max octets, and how many rows it has.
func (t *table) whole(max int) (content []byte, rows int64) {
	head := header()
	body := t.rows.Bytes()
	rows = t.kept
	if room := max - len(head); len(body) > room {
		body = cutLines(body, room)
		rows = int64(bytes.Count(body, []byte{'\n'}))
	}
	return append(head, body...), rows
}

// pages divides the rows into contents of at most max octets, each with the
// header line. A row longer than a page has a page of its own: nothing is
// left out.
func (t *table) pages(max int) [][]byte {
	head := header()
	body := t.rows.Bytes()
	var pages [][]byte
	for len(body) > 0 {
		part := cutLines(body, max-len(head))
		if len(part) == 0 {
			part = body[:bytes.IndexByte(body, '\n')+1]
		}
		pages = append(pages, append(bytes.Clone(head), part...))
		body = body[len(part):]
	}
	if pages == nil {
		pages = [][]byte{head}
	}
	return pages
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
