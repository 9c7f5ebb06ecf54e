package message

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"testing"
)

// parsed is a message as a reader sees it, its leaves in order.
type parsed struct {
	header  mail.Header
	subject string
	types   []string
	files   []string
	bodies  []string
}

// read parses with the standard library and checks what holds for every
// message: CRLF only, lines that fit, one of each header.
func read(t *testing.T, data []byte) parsed {
	t.Helper()
	checkLines(t, data)
	m, err := mail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	for name, values := range m.Header {
		if len(values) != 1 {
			t.Fatalf("%d times %s", len(values), name)
		}
	}
	p := parsed{header: m.Header}
	p.subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		t.Fatal(err)
	}
	p.leaf(t, m.Header, m.Body)
	return p
}

func checkLines(t *testing.T, data []byte) {
	t.Helper()
	if s := strings.ReplaceAll(string(data), "\r\n", ""); strings.ContainsAny(s, "\r\n") {
		t.Fatalf("a lone CR or LF in %q", data)
	}
	if bytes.ContainsRune(data, 0) {
		t.Fatal("a NUL")
	}
	header, _, _ := strings.Cut(string(data), "\r\n\r\n")
	for _, line := range strings.Split(header, "\r\n") {
		if strings.TrimSpace(line) == "" {
			t.Fatalf("a header line of blanks in %q", header)
		}
		// A word without a space can't be folded.
		if len(line) > 998 || len(line) > 78 && strings.Count(strings.TrimSpace(line), " ") > 1 {
			t.Fatalf("header line of %d octets: %s", len(line), line)
		}
	}
	for _, line := range strings.Split(string(data), "\r\n") {
		if len(line) > 998 {
			t.Fatalf("line of %d octets", len(line))
		}
	}
}

type getter interface{ Get(string) string }

func (p *parsed) leaf(t *testing.T, h getter, body io.Reader) {
	t.Helper()
	media, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		t.Fatalf("%q: %v", h.Get("Content-Type"), err)
	}
	if strings.HasPrefix(media, "multipart/") {
		r := multipart.NewReader(body, params["boundary"])
		for {
			part, err := r.NextRawPart()
			if err == io.EOF {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			p.leaf(t, part.Header, part)
		}
	}
	switch h.Get("Content-Transfer-Encoding") {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	text, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	_, disposition, _ := mime.ParseMediaType(h.Get("Content-Disposition"))
	p.types = append(p.types, media)
	p.files = append(p.files, disposition["filename"])
	p.bodies = append(p.bodies, string(text))
}
