package https

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/recipients/source"
)

// file is the body of an answer while it is read.
type file struct {
	s    https
	to   *url.URL
	wire *wire
	rows *bufio.Reader // unpacked and bounded
}

// open unpacks what the server packed for the way, and what the file itself is
// packed with.
func (s https) open(answer *http.Response, to *url.URL) (*file, error) {
	f := &file{s: s, to: to, wire: &wire{in: answer.Body, left: s.maxBytes()}}
	var in io.Reader = f.wire
	switch coding := answer.Header.Get("Content-Encoding"); coding {
	case "", "identity":
	case "gzip", "x-gzip":
		zip, err := gzip.NewReader(bufio.NewReader(in))
		if err != nil {
			return nil, f.explain(&unpacking{err})
		}
		in = &unpacked{zip}
	default:
		return nil, source.Say(source.Unreadable, "%s compresses the file in a way that wasn't asked for; only gzip is supported.", to.Host)
	}
	f.rows = bufio.NewReader(roster.OpenStream(name, in, s.maxBytes()))
	return f, nil
}

// drain reads to the end, within bounds.
func (f *file) drain() error {
	_, err := io.Copy(io.Discard, f.rows)
	return err
}

// explain makes a problem of an error of the body. What went wrong on the
// wire explains what went wrong after it.
func (f *file) explain(err error) error {
	var unpack *roster.UnpackError
	var packed *unpacking
	switch {
	case err == nil:
		return nil
	case f.wire.over:
		return f.s.tooLarge(f.to)
	case f.wire.err != nil && errors.Is(f.wire.err, context.Canceled), f.wire.err != nil && errors.Is(f.wire.err, context.DeadlineExceeded):
		return f.wire.err
	case f.wire.err != nil:
		return source.Say(source.Unavailable, "The answer of %s broke off before the end of the file.", f.to.Host)
	case errors.As(err, &unpack) && unpack.TooLarge:
		return f.s.tooLarge(f.to)
	case errors.As(err, &unpack), errors.As(err, &packed):
		return source.Say(source.Unreadable, "The file of %s is compressed with gzip and can't be unpacked: it is damaged or incomplete.", f.to.Host)
	}
	var file *roster.FileError
	if errors.As(err, &file) {
		return source.Say(source.Unreadable, "The file of %s: %s", f.to.Host, file.Reason)
	}
	var problem *source.Problem
	var limit *roster.LimitError
	if errors.As(err, &problem) || errors.As(err, &limit) {
		return err
	}
	return source.Say(source.Unreadable, "The file of %s can't be read: check format, delimiter, and its first lines.", f.to.Host)
}

// wire is what comes from the server. It remembers how that ended.
type wire struct {
	in   io.Reader
	left int64
	over bool
	err  error // never io.EOF
}

var errOver = errors.New("more than maxBytes")

func (w *wire) Read(p []byte) (int, error) {
	if int64(len(p)) > w.left+1 {
		p = p[:w.left+1] // one more octet than allowed tells that there is one
	}
	n, err := w.in.Read(p)
	w.left -= int64(n)
	if w.left < 0 {
		w.over = true
		return 0, errOver
	}
	if err != nil && !errors.Is(err, io.EOF) {
		w.err = err
	}
	return n, err
}

// unpacking is an error of gzip, as opposed to one of the rows.
type unpacking struct{ err error }

func (u *unpacking) Error() string { return "gzip: " + u.err.Error() }

type unpacked struct{ in io.Reader }

func (u *unpacked) Read(p []byte) (int, error) {
	n, err := u.in.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = &unpacking{err}
	}
	return n, err
}

// guess goes by the media type, else by the first character.
func guess(answer *http.Response, rows *bufio.Reader) (crier.FileFormat, error) {
	switch mediaType(answer) {
	case "text/csv":
		return crier.FormatCSV, nil
	case "application/x-ndjson", "application/jsonl", "application/json-lines", "application/x-jsonlines":
		return crier.FormatJSONLines, nil
	}
	head, err := rows.Peek(512)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	head = bytes.TrimSpace(bytes.TrimPrefix(head, []byte{0xef, 0xbb, 0xbf}))
	if bytes.HasPrefix(head, []byte("{")) || bytes.HasPrefix(head, []byte("[")) {
		return crier.FormatJSONLines, nil
	}
	return crier.FormatCSV, nil
}
