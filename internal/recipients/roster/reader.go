package roster

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
)

// ErrDamaged says that stored subscribers can't be what was stored.
var ErrDamaged = errors.New("the stored subscribers are damaged, or were stored by another release")

// Reader is a Rows over a stored roster, one part at a time. It checks
// order and digest, so that nothing of a roster may be relied on before it
// has returned io.EOF.
type Reader struct {
	next   func() ([]byte, error)
	digest string
	lines  lineSource
	zip    gzip.Reader
	open   bool
	last   []byte // key
	first  bool
	sum    hash.Hash
}

// NewReader reads the parts that next returns, up to its io.EOF. digest is
// what Encode or Digest said. An error is one of next's, or wraps ErrDamaged.
func NewReader(digest string, next func() ([]byte, error)) *Reader {
	r := &Reader{next: next, digest: digest, sum: sha256.New(), first: true}
	_, _ = io.WriteString(r.sum, digestPrefix)
	return r
}

// Next returns the next row, which is valid until the next call.
func (r *Reader) Next() (Row, error) {
	for {
		if !r.open {
			if err := r.part(); err != nil {
				return Row{}, err
			}
		}
		row, err := r.lines.Next()
		if errors.Is(err, io.EOF) {
			r.open = false
			continue
		}
		if err != nil || !r.first && bytes.Compare(row.Key, r.last) <= 0 {
			return Row{}, ErrDamaged
		}
		r.first = false
		r.last = append(r.last[:0], row.Key...)
		r.sum.Write(row.Line)
		return row, nil
	}
}

// part opens the next part.
func (r *Reader) part() error {
	packed, err := r.next()
	if errors.Is(err, io.EOF) {
		if digestOf(r.sum) != r.digest {
			return ErrDamaged
		}
		return io.EOF
	}
	if err != nil {
		return err
	}
	if err := r.zip.Reset(bytes.NewReader(packed)); err != nil {
		return ErrDamaged
	}
	if r.lines.lines == nil {
		r.lines.lines = bufio.NewReaderSize(nil, 16<<10)
	}
	r.lines.lines.Reset(&r.zip)
	r.open = true
	return nil
}

// Decode reads one part, or several joined, and gives its subscribers in order
// to yield; an error of yield ends it.
func Decode(in io.Reader, yield func(Subscriber) error) error {
	zip, err := gzip.NewReader(in)
	if err != nil {
		return err
	}
	lines := lineSource{lines: bufio.NewReaderSize(zip, 16<<10)}
	for n := 1; ; n++ {
		line, err := lines.line()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("subscriber %d: %w", n, err)
		}
		s, err := parseLine(line)
		if err != nil {
			return fmt.Errorf("subscriber %d is damaged", n)
		}
		if err := yield(s); err != nil {
			return err
		}
	}
}

// DecodeAll returns the subscribers of one part.
func DecodeAll(part []byte) ([]Subscriber, error) {
	var out []Subscriber
	err := Decode(bytes.NewReader(part), func(s Subscriber) error {
		out = append(out, s)
		return nil
	})
	return out, err
}
