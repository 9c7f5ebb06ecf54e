package roster

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// maxRecord bounds one encoded subscriber in octets.
const maxRecord = 1 << 20

// gzipSlack covers the header, the trailer and the block that Close writes.
const gzipSlack = 64

// Unpack returns data, unpacked if it is gzip (RFC 1952 magic number), and an
// error if that is more than limit octets. No more than that is ever held. name
// is for the error only.
func Unpack(name string, data []byte, limit int64) ([]byte, error) {
	tooLarge := fmt.Errorf("%s is larger than %d octets when unpacked", name, limit)
	if !bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
		if int64(len(data)) > limit {
			return nil, tooLarge
		}
		return data, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%s looks like gzip but can't be unpacked: %w", name, err)
	}
	out, err := io.ReadAll(io.LimitReader(z, limit+1))
	if err != nil {
		return nil, fmt.Errorf("%s looks like gzip but can't be unpacked: %w", name, err)
	}
	if int64(len(out)) > limit {
		return nil, tooLarge
	}
	return out, nil
}

// Encode stores subscribers as JSON lines in gzip parts of at most maxPart
// octets each, sorted by address, so that the same people give the same bytes
// in whatever order they were read. digest is the hex SHA-256 of all lines,
// unpacked. No subscribers give no parts. subs isn't changed.
func Encode(subs []Subscriber, maxPart int) (parts [][]byte, digest string, err error) {
	sorted := slices.Clone(subs)
	slices.SortStableFunc(sorted, func(a, b Subscriber) int { return strings.Compare(a.Email, b.Email) })
	p, sum := &partWriter{max: maxPart}, sha256.New()
	for i := range sorted {
		text, err := encodeLine(sorted[i])
		if err != nil {
			return nil, "", err
		}
		sum.Write(text)
		if err := p.add(text); err != nil {
			return nil, "", err
		}
	}
	if err := p.finish(); err != nil {
		return nil, "", err
	}
	return p.parts, hex.EncodeToString(sum.Sum(nil)), nil
}

func encodeLine(s Subscriber) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		return nil, err
	}
	if b.Len() > maxRecord {
		return nil, fmt.Errorf("a subscriber takes more than %d octets", maxRecord)
	}
	return b.Bytes(), nil
}

// partWriter fills gzip streams up to a size that it must not exceed. How far
// text shrinks is only known once it is flushed, so it counts what isn't
// flushed at full size and flushes when that would no longer fit.
type partWriter struct {
	max     int
	parts   [][]byte
	buf     bytes.Buffer
	z       *gzip.Writer
	pending int
}

func (p *partWriter) fits(n int) bool {
	worst := p.pending + n
	return p.buf.Len()+worst+worst/1000+gzipSlack <= p.max
}

func (p *partWriter) add(text []byte) error {
	if p.z != nil && !p.fits(len(text)) {
		if err := p.z.Flush(); err != nil {
			return err
		}
		p.pending = 0
		if !p.fits(len(text)) {
			if err := p.finish(); err != nil {
				return err
			}
		}
	}
	if p.z == nil {
		p.buf.Reset()
		p.pending = 0
		p.z = gzip.NewWriter(&p.buf)
		if !p.fits(len(text)) {
			return fmt.Errorf("a subscriber takes %d octets, a part may have only %d", len(text), p.max)
		}
	}
	p.pending += len(text)
	_, err := p.z.Write(text)
	return err
}

func (p *partWriter) finish() error {
	if p.z == nil {
		return nil
	}
	if err := p.z.Close(); err != nil {
		return err
	}
	if p.buf.Len() > p.max {
		return fmt.Errorf("a part takes %d octets, more than the %d allowed", p.buf.Len(), p.max)
	}
	p.parts = append(p.parts, bytes.Clone(p.buf.Bytes()))
	p.z = nil
	return nil
}

// Decode reads one part, or several joined, and gives its subscribers in order
// to yield; an error of yield ends it.
func Decode(r io.Reader, yield func(Subscriber) error) error {
	z, err := gzip.NewReader(r)
	if err != nil {
		return err
	}
	lines := bufio.NewReaderSize(z, 64<<10)
	for n := 1; ; n++ {
		text, err := readLine(lines)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("subscriber %d: %w", n, err)
		}
		var s Subscriber
		if err := json.Unmarshal(text, &s); err != nil {
			// The decoder's own error could quote what it read.
			return fmt.Errorf("subscriber %d is damaged", n)
		}
		if err := yield(s); err != nil {
			return err
		}
	}
}

// readLine returns io.EOF only at the end of a whole line.
func readLine(r *bufio.Reader) ([]byte, error) {
	var text []byte
	for {
		chunk, err := r.ReadSlice('\n')
		text = append(text, chunk...)
		switch {
		case err == nil:
			return text, nil
		case len(text) > maxRecord:
			return nil, errors.New("too long")
		case errors.Is(err, io.EOF) && len(text) > 0:
			return nil, io.ErrUnexpectedEOF
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
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
