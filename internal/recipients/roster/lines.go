package roster

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
)

// line is one physical line without its end.
type line struct {
	text string
	no   int  // from 1
	long bool // longer than the limit; text holds its beginning, and the words after it that may be addresses
}

// Bounds of what is kept of the rest of a line that is too long, in octets.
const (
	maxWord   = 512
	maxBeyond = 1 << 20
)

// divides are characters between addresses, besides white space.
const divides = `,;|<>"'()[]{}`

// beyond keeps the words with an @ out of the rest of a line that is too long:
// a row that can't be used still says who must not be written to.
type beyond struct{ word, kept []byte }

func (r *beyond) add(b byte) {
	switch {
	case b <= ' ' || strings.IndexByte(divides, b) >= 0:
		r.end()
	case len(r.word) < maxWord:
		r.word = append(r.word, b)
	default:
		r.word = append(r.word[:0], r.word[maxWord/2:]...)
		r.word = append(r.word, b)
	}
}

// take moves the word that the limit divides.
func (r *beyond) take(text []byte) []byte {
	at := bytes.LastIndexAny(text, " \t"+divides) + 1
	if len(text)-at > maxWord {
		return text
	}
	r.word = append(r.word, text[at:]...)
	return text[:at]
}

func (r *beyond) end() {
	if bytes.IndexByte(r.word, '@') >= 0 && len(r.kept)+len(r.word) < maxBeyond {
		r.kept = append(append(r.kept, ' '), r.word...)
	}
	r.word = r.word[:0]
}

// lineReader splits at LF, CRLF and lone CR alike (spreadsheets write all
// three), bounds the length of a line, and can take lines back.
type lineReader struct {
	r      *bufio.Reader
	limit  int
	no     int
	undone []line // a stack
}

func newLineReader(r io.Reader, limit int) *lineReader {
	return &lineReader{r: bufio.NewReaderSize(r, 64<<10), limit: limit}
}

// next returns io.EOF after the last line.
func (l *lineReader) next() (line, error) {
	if n := len(l.undone); n > 0 {
		ln := l.undone[n-1]
		l.undone = l.undone[:n-1]
		return ln, nil
	}
	var buf []byte
	var rest beyond
	out := line{no: l.no + 1}
	end := func() (line, error) {
		rest.end()
		return l.end(out, append(buf, rest.kept...)), nil
	}
	for {
		b, err := l.r.ReadByte()
		switch {
		case errors.Is(err, io.EOF) && (len(buf) > 0 || out.long):
			return end()
		case err != nil:
			return line{}, err
		case b == '\r':
			if p, err := l.r.Peek(1); err == nil && p[0] == '\n' {
				_, _ = l.r.Discard(1)
			}
			return end()
		case b == '\n':
			return end()
		case out.long || len(buf) >= l.limit:
			if !out.long {
				buf = rest.take(buf)
			}
			out.long = true
			rest.add(b)
		default:
			buf = append(buf, b)
		}
	}
}

func (l *lineReader) end(out line, buf []byte) line {
	l.no++
	out.text = string(buf)
	return out
}

// undo gives lines back, to be read again in their order.
func (l *lineReader) undo(lines []line) {
	for i := len(lines) - 1; i >= 0; i-- {
		l.undone = append(l.undone, lines[i])
	}
}
