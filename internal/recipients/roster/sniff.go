package roster

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"golang.org/x/text/encoding/unicode"

	"crier.dev/crier/internal/words"
)

// FileError says that nobody can be read out of a file. Whoever reads it must
// not take it for one without people: it is known of nobody in it whether they
// are meant to get something, or not to.
type FileError struct {
	Source string
	// Line counts from 1; 0 if it is about the whole file.
	Line int
	// Reason is a full sentence that says what to mend. It quotes nothing of a
	// confidential file.
	Reason string
}

func (e *FileError) Error() string {
	if e.Line > 1 {
		return fmt.Sprintf("%s, line %d: %s", e.Source, e.Line, e.Reason)
	}
	return e.Source + ": " + e.Reason
}

// peek looks at the beginning of a file. It skips a byte order mark, and reads
// UTF-16 that says so by having one (RFC 2781 section 3.2).
func peek(r io.Reader) (in *bufio.Reader, head []byte, err error) {
	in = bufio.NewReaderSize(r, 4096)
	head, err = in.Peek(512)
	switch {
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}), bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		utf16 := unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder()
		in = bufio.NewReaderSize(utf16.Reader(in), 4096)
		head, err = in.Peek(512)
	case bytes.HasPrefix(head, []byte{0xef, 0xbb, 0xbf}):
		_, _ = in.Discard(3) // they were just seen
		head, err = in.Peek(512)
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return in, head, err
}

// sniff recognises files that aren't text.
func sniff(r io.Reader) (in *bufio.Reader, reason string, err error) {
	in, head, err := peek(r)
	if err != nil {
		return nil, "", err
	}
	switch {
	case len(bytes.TrimSpace(head)) == 0 && len(head) < 512:
		return in, "The file is empty; its first line must name the columns.", nil
	case bytes.Count(head, []byte{0}) > len(head)/4:
		return in, "The file is not UTF-8 text: it is UTF-16 without a byte order mark, or not text; save it as \"CSV UTF-8\".", nil
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return in, "The file is a spreadsheet or a zip archive, not CSV; export it as \"CSV UTF-8\".", nil
	case bytes.HasPrefix(head, []byte{0xd0, 0xcf, 0x11, 0xe0}):
		return in, "The file is a spreadsheet (XLS), not CSV; export it as \"CSV UTF-8\".", nil
	}
	return in, "", nil
}

// usage finds out whether anybody was read since.
type usage struct {
	c              *Collector
	source         string
	people         int64
	rejected, seen int
}

func (c *Collector) usage(source string) usage {
	return usage{c, source, c.people(), c.result.RejectedTotal, len(c.result.Rejected)}
}

// people counts those who were taken or named, duplicates among them.
func (c *Collector) people() int64 {
	n := c.sorter.Added() + c.diverted
	if c.named != nil {
		n += c.named.Added()
	}
	return n
}

// check says that rows came and not one of them names anybody: then the file
// isn't what it was taken for.
func (u usage) check() error {
	rejected := u.c.result.RejectedTotal - u.rejected
	if rejected == 0 || u.c.people() > u.people {
		return nil
	}
	bad := &FileError{Source: u.source, Reason: fmt.Sprintf("None of the %s of the file can be used.", words.Count(rejected, "row"))}
	if rejected == 1 {
		bad.Reason = "The only row of the file can't be used."
	}
	if u.seen < len(u.c.result.Rejected) {
		first := u.c.result.Rejected[u.seen]
		bad.Line, bad.Reason = first.Line, bad.Reason+" "+first.Reason
	}
	return bad
}
