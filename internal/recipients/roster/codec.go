package roster

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
)

// Level is how hard stored subscribers are compressed. Level 6 takes half as
// much time again and saves nothing; those below 4 save no time.
const Level = 5

// gzipSlack covers the header, the trailer and the block that Close writes.
const gzipSlack = 64

// Writer stores lines in gzip parts of a bounded size. How far text shrinks
// is only known once it is flushed, so it counts what isn't flushed at full
// size and flushes when that would no longer fit.
type Writer struct {
	max     int
	put     func(part []byte, lines int) error
	buf     bytes.Buffer
	zip     *gzip.Writer
	open    bool
	pending int
	lines   int // of the part that is open
}

// NewWriter returns a Writer that gives each part, of at most maxPart octets,
// to put, which may keep it, and how many lines it has.
func NewWriter(maxPart int, put func(part []byte, lines int) error) *Writer {
	w := &Writer{max: maxPart, put: put}
	w.zip, _ = gzip.NewWriterLevel(&w.buf, Level) // the level is a valid one
	return w
}

func (w *Writer) fits(n int) bool {
	worst := w.pending + n
	return w.buf.Len()+worst+worst/1000+gzipSlack <= w.max
}

// Add stores one line.
func (w *Writer) Add(line []byte) error {
	if w.open && !w.fits(len(line)) {
		if err := w.zip.Flush(); err != nil {
			return err
		}
		w.pending = 0
		if !w.fits(len(line)) {
			if err := w.Close(); err != nil {
				return err
			}
		}
	}
	if !w.open {
		w.buf.Reset()
		w.zip.Reset(&w.buf)
		w.pending, w.lines, w.open = 0, 0, true
		if !w.fits(len(line)) {
			return fmt.Errorf("a subscriber takes %d octets, a part may have only %d", len(line), w.max)
		}
	}
	w.pending += len(line)
	w.lines++
	_, err := w.zip.Write(line)
	return err
}

// Lines are how many the open part has; 0 if none is open.
func (w *Writer) Lines() int {
	if !w.open {
		return 0
	}
	return w.lines
}

// Close ends the part that is open, if one is. More can be added after it.
func (w *Writer) Close() error {
	if !w.open {
		return nil
	}
	w.open = false
	if err := w.zip.Close(); err != nil {
		return err
	}
	if w.buf.Len() > w.max {
		return fmt.Errorf("a part takes %d octets, more than the %d allowed", w.buf.Len(), w.max)
	}
	return w.put(bytes.Clone(w.buf.Bytes()), w.lines)
}

// digestPrefix is hashed before the lines of a roster. It changes with the
// form or the order of rosters, so that one of another release is never
// taken for one of this: theirs were sorted by address, not by key.
const digestPrefix = "roster 2\n"

// Encode stores subscribers as JSON lines in gzip parts of at most maxPart
// octets each, sorted by key, so that the same people give the same bytes in
// whatever order they were read. digest is that of EncodeRows. No subscribers
// give no parts. subs isn't changed.
func Encode(subs []Subscriber, maxPart int) (parts [][]byte, digest string, err error) {
	rows, err := Of(subs)
	if err != nil {
		return nil, "", err
	}
	digest, _, err = EncodeRows(rows, maxPart, func(part []byte) error {
		parts = append(parts, part)
		return nil
	})
	return parts, digest, err
}

// EncodeRows stores rows, part by part, and returns the digest of the roster
// and how many there were.
func EncodeRows(rows Rows, maxPart int, put func(part []byte) error) (digest string, n int, err error) {
	w := NewWriter(maxPart, func(part []byte, _ int) error { return put(part) })
	digest, n, err = each(rows, w.Add)
	if err == nil {
		err = w.Close()
	}
	return digest, n, err
}

// Digest is "sha256:" and the hash of all lines after a prefix that says which
// form they have; n is how many there are.
func Digest(rows Rows) (digest string, n int, err error) {
	return each(rows, func([]byte) error { return nil })
}

func each(rows Rows, do func(line []byte) error) (digest string, n int, err error) {
	sum := sha256.New()
	_, _ = io.WriteString(sum, digestPrefix)
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return digestOf(sum), n, nil
		}
		if err == nil {
			err = do(row.Line)
		}
		if err != nil {
			return "", n, err
		}
		sum.Write(row.Line)
		n++
	}
}

func digestOf(sum hash.Hash) string { return "sha256:" + hex.EncodeToString(sum.Sum(nil)) }
