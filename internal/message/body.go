package message

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"strings"
	"time"
	"unicode/utf8"

	"crier.dev/crier/internal/address"
	"crier.dev/crier/internal/content"
)

// part is one encoded MIME entity: its Content- headers and its body.
type part struct {
	header [][2]string
	body   []byte
}

// write assembles the message. go-mail (0.8.1) can't do the bodies: what it
// declares 7bit it still encodes as quoted-printable; a fixed boundary is used
// for nested multiparts too, and without one it is random; and it encodes each
// attachment anew for every recipient.
func (c *Composer) write(id string, to *mail.Address, r content.Rendered, date time.Time) ([]byte, error) {
	unique, _ := address.Split(id)
	root, err := body(r, "alternative-"+unique)
	if err != nil {
		return nil, err
	}
	if len(c.attachments) > 0 {
		root, err = multi("mixed", "mixed-"+unique, append([]part{root}, c.attachments...))
		if err != nil {
			return nil, err
		}
	}
	header, err := c.header(id, r.Subject, to, root.header, date)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, len(header)+2+len(root.body))
	out = append(out, header...)
	out = append(out, "\r\n"...)
	return append(out, root.body...), nil
}

// body is one text, or both with the richer last (RFC 2046 section 5.1.4).
func body(r content.Rendered, boundary string) (part, error) {
	switch {
	case r.HTML == "":
		return textPart("plain", r.Text)
	case r.Text == "":
		return textPart("html", r.HTML)
	}
	plain, err := textPart("plain", r.Text)
	if err != nil {
		return part{}, err
	}
	html, err := textPart("html", r.HTML)
	if err != nil {
		return part{}, err
	}
	return multi("alternative", boundary, []part{plain, html})
}

// multi joins parts. The boundary comes from the Message-ID, which holds a MAC:
// nobody who writes content can guess it and end a part early.
func multi(subtype, boundary string, parts []part) (part, error) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if err := w.SetBoundary(boundary); err != nil {
		return part{}, err
	}
	for _, p := range parts {
		h := textproto.MIMEHeader{}
		for _, f := range p.header {
			h.Set(f[0], fold(f[0], f[1]))
		}
		pw, err := w.CreatePart(h)
		if err != nil {
			return part{}, err
		}
		if _, err := pw.Write(p.body); err != nil {
			return part{}, err
		}
	}
	if err := w.Close(); err != nil {
		return part{}, err
	}
	return part{[][2]string{{"Content-Type", "multipart/" + subtype + "; boundary=" + boundary}}, b.Bytes()}, nil
}

// fold breaks a header of a part before its parameters where it is too long for
// a line; multipart.Writer doesn't fold, and go-mail only folds what it writes.
func fold(name, value string) string {
	if len(name)+2+len(value) <= maxPlainLine {
		return value
	}
	return strings.ReplaceAll(value, "; ", ";\r\n ")
}

// maxPlainLine is the longest line that is sent as it is.
const maxPlainLine = 78

func textPart(subtype, text string) (part, error) {
	text = strings.ToValidUTF8(crlf(text), "\ufffd")
	encoding, charset, encoded := "7bit", "us-ascii", []byte(text)
	if !plainLines(text) {
		encoding, charset = "quoted-printable", "utf-8"
		var b bytes.Buffer
		w := quotedprintable.NewWriter(&b)
		if _, err := w.Write([]byte(text)); err != nil {
			return part{}, err
		}
		if err := w.Close(); err != nil {
			return part{}, err
		}
		encoded = protectFrom(b.Bytes())
	}
	return part{[][2]string{
		{"Content-Type", "text/" + subtype + "; charset=" + charset},
		{"Content-Transfer-Encoding", encoding},
	}, encoded}, nil
}

// crlf makes CRLF of every line end, also of a lone CR or LF (RFC 5321 section
// 2.3.8), and ends the last line.
func crlf(s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	s = strings.ReplaceAll(s, "\r", "\n")
	if s != "" && !strings.HasSuffix(s, "\n") {
		s += "\n"
	}
	return strings.ReplaceAll(s, "\n", "\r\n")
}

// plainLines says whether text survives every hop unencoded: short ASCII lines
// without trailing blanks, and none that a mailbox file would quote.
func plainLines(text string) bool {
	for line := range strings.SplitSeq(text, "\r\n") {
		switch {
		case len(line) > maxPlainLine, strings.HasSuffix(line, " "), strings.HasSuffix(line, "\t"), strings.HasPrefix(line, "From "):
			return false
		}
		for i := range len(line) {
			if line[i] >= utf8.RuneSelf || line[i] < ' ' && line[i] != '\t' || line[i] == 0x7f {
				return false
			}
		}
	}
	return true
}

// protectFrom hides "From " at the beginning of a line from hops that write
// ">From ", which would break a signature (RFC 2049 section 3).
func protectFrom(b []byte) []byte {
	if bytes.HasPrefix(b, []byte("From ")) {
		b = append([]byte("=46"), b[1:]...)
	}
	return bytes.ReplaceAll(b, []byte("\r\nFrom "), []byte("\r\n=46rom "))
}

// useAttachments encodes attachments once for all recipients.
func (c *Composer) useAttachments() error {
	for i, a := range c.frozen.Attachments {
		p, err := attachment(a)
		if err != nil {
			return fmt.Errorf("attachment %d: %w", i+1, err)
		}
		c.attachments = append(c.attachments, p)
	}
	return nil
}

const maxFileName = 150

func attachment(a Attachment) (part, error) {
	if a.Name == "" || len(a.Name) > maxFileName || controls(a.Name) || strings.ContainsAny(a.Name, "/\\\t") {
		return part{}, fmt.Errorf("name must have 1 to %d octets, no slash and no control character", maxFileName)
	}
	media, params, err := mime.ParseMediaType(a.ContentType)
	kind, _, both := strings.Cut(media, "/")
	switch {
	case err != nil, !both:
		return part{}, fmt.Errorf("content type is not a media type")
	case kind == "multipart", kind == "message":
		// RFC 2045 section 6.4 forbids base64 for these.
		return part{}, fmt.Errorf("content type %s can't be attached", kind)
	}
	contentType := mime.FormatMediaType(media, params)
	if contentType == "" || len(contentType) > maxHeaderValue || controls(contentType) {
		return part{}, fmt.Errorf("content type can't be written into a header")
	}
	return part{[][2]string{
		{"Content-Type", contentType},
		{"Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": a.Name})},
		{"Content-Transfer-Encoding", "base64"},
	}, base64Lines(a.Data)}, nil
}

// base64Lines is RFC 2045 section 6.8: lines of 76.
func base64Lines(data []byte) []byte {
	const width = 76
	text := base64.StdEncoding.EncodeToString(data)
	out := make([]byte, 0, len(text)+2*(len(text)/width+1))
	for len(text) > 0 {
		n := min(width, len(text))
		out = append(append(out, text[:n]...), "\r\n"...)
		text = text[n:]
	}
	return out
}
