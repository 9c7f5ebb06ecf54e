package message

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"mime"
	"strings"

	"crier.dev/crier/internal/address"
)

// textType are the Content- fields of one text: as it is, and encoded.
type textType struct{ plain, quoted [2]string }

var (
	plainType = textTypes("plain")
	htmlType  = textTypes("html")
)

// textTypes are the type and the encoding of a text that needs none, and of
// one that does.
func textTypes(subtype string) textType {
	return textType{
		plain:  [2]string{"text/" + subtype + "; charset=us-ascii", "7bit"},
		quoted: [2]string{"text/" + subtype + "; charset=utf-8", "quoted-printable"},
	}
}

// text is one text body and how it is going to be written.
type text struct {
	data   []byte
	quoted bool
	fields [2]string // type and encoding
}

func newText(t textType, data []byte) text {
	if plainLines(data) {
		return text{data, false, t.plain}
	}
	return text{data, true, t.quoted}
}

func (t text) appendTo(dst []byte) []byte {
	if t.quoted {
		return appendQuoted(dst, t.data)
	}
	return appendLines(dst, t.data)
}

// appendEntity writes it as a part of a multipart.
func (t text) appendEntity(dst []byte) []byte {
	dst = append(append(dst, "Content-Transfer-Encoding: "...), t.fields[1]...)
	dst = append(append(dst, "\r\nContent-Type: "...), t.fields[0]...)
	return t.appendTo(append(dst, "\r\n\r\n"...))
}

// body is what follows the header block: one text, or both with the richer
// last (RFC 2046 section 5.1.4), and attachments.
type body struct {
	texts       [2]text
	count       int
	unique      string
	attachments [][]byte
}

func (c *Composer) body(plain, html []byte, id string) body {
	b := body{attachments: c.attachments}
	b.unique, _ = address.Split(id)
	if len(plain) > 0 || len(html) == 0 {
		b.texts[0], b.count = newText(plainType, plain), 1
	}
	if len(html) > 0 {
		b.texts[b.count] = newText(htmlType, html)
		b.count++
	}
	return b
}

// Boundaries come from the Message-ID, which holds a MAC: nobody who writes
// content can guess one and end a part early.
const (
	alternative     = "alternative-"
	mixed           = "mixed-"
	typeAlternative = "multipart/alternative; boundary=" + alternative
	typeMixed       = "multipart/mixed; boundary=" + mixed
)

// fields are the type and the encoding of the message.
func (b *body) fields() (contentType, encoding string) {
	switch {
	case len(b.attachments) > 0:
		return typeMixed + b.unique, ""
	case b.count > 1:
		return typeAlternative + b.unique, ""
	}
	return b.texts[0].fields[0], b.texts[0].fields[1]
}

func (b *body) appendTo(dst []byte) []byte {
	if len(b.attachments) == 0 {
		return b.appendTexts(dst)
	}
	dst = appendBoundary(dst, "--", mixed, b.unique, "\r\n")
	switch b.count {
	case 1:
		dst = b.texts[0].appendEntity(dst)
	default:
		// On one line it would be longer than 78.
		dst = append(append(dst, "Content-Type: multipart/alternative;\r\n boundary="+alternative...), b.unique...)
		dst = b.appendTexts(append(dst, "\r\n\r\n"...))
	}
	for _, a := range b.attachments {
		dst = appendBoundary(dst, "\r\n--", mixed, b.unique, "\r\n")
		dst = append(dst, a...)
	}
	return appendBoundary(dst, "\r\n--", mixed, b.unique, "--\r\n")
}

func (b *body) appendTexts(dst []byte) []byte {
	if b.count == 1 {
		return b.texts[0].appendTo(dst)
	}
	dst = appendBoundary(dst, "--", alternative, b.unique, "\r\n")
	dst = b.texts[0].appendEntity(dst)
	dst = appendBoundary(dst, "\r\n--", alternative, b.unique, "\r\n")
	dst = b.texts[1].appendEntity(dst)
	return appendBoundary(dst, "\r\n--", alternative, b.unique, "--\r\n")
}

func appendBoundary(dst []byte, before, kind, unique, after string) []byte {
	dst = append(append(dst, before...), kind...)
	return append(append(dst, unique...), after...)
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

// attachment is a whole entity: its header and its body.
func attachment(a Attachment) ([]byte, error) {
	if a.Name == "" || len(a.Name) > maxFileName || controls(a.Name) || strings.ContainsAny(a.Name, "/\\\t") {
		return nil, fmt.Errorf("name must have 1 to %d octets, no slash and no control character", maxFileName)
	}
	media, params, err := mime.ParseMediaType(a.ContentType)
	kind, _, both := strings.Cut(media, "/")
	switch {
	case err != nil, !both:
		return nil, fmt.Errorf("content type is not a media type")
	case kind == "multipart", kind == "message":
		// RFC 2045 section 6.4 forbids base64 for these.
		return nil, fmt.Errorf("content type %s can't be attached", kind)
	}
	contentType := mime.FormatMediaType(media, params)
	if contentType == "" || len(contentType) > maxHeaderValue || controls(contentType) {
		return nil, fmt.Errorf("content type can't be written into a header")
	}
	return entity([][2]string{
		{"Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": a.Name})},
		{"Content-Transfer-Encoding", "base64"},
		{"Content-Type", contentType},
	}, base64Lines(a.Data)), nil
}

// entity writes a part of a multipart. Its fields come in the order of their
// names, and are folded before their parameters where they are too long.
func entity(fields [][2]string, body []byte) []byte {
	var b bytes.Buffer
	for _, f := range fields {
		value := f[1]
		if len(f[0])+2+len(value) > maxPlainLine {
			value = strings.ReplaceAll(value, "; ", ";\r\n ")
		}
		b.WriteString(f[0] + ": " + value + "\r\n")
	}
	b.WriteString("\r\n")
	b.Write(body)
	return b.Bytes()
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
