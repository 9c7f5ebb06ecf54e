package roster

import (
	"bufio"
	"errors"
	"io"
)

// line is one physical line without its end.
type line struct {
	text string
	no   int  // from 1
	long bool // longer than the limit; text holds its beginning
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
	out := line{no: l.no + 1}
	for {
		b, err := l.r.ReadByte()
		switch {
		case errors.Is(err, io.EOF) && (len(buf) > 0 || out.long):
			return l.end(out, buf), nil
		case err != nil:
			return line{}, err
		case b == '\r':
			if p, err := l.r.Peek(1); err == nil && p[0] == '\n' {
				_, _ = l.r.Discard(1)
			}
			return l.end(out, buf), nil
		case b == '\n':
			return l.end(out, buf), nil
		case len(buf) >= l.limit:
			out.long = true
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
