package preview

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"strings"
)

// shown are the fields of a header that people look at, in this order.
var shown = []string{
	"From", "To", "Reply-To", "Subject", "Date", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "List-Post",
}

// maxParts bounds the parts of a message; one with 20 files has fewer.
const maxParts = 64

// read takes a message apart as a mail program does.
func read(data []byte) (*Preview, error) {
	m, err := mail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("the message can't be read: %w", err)
	}
	p := &Preview{Data: data}
	for _, name := range shown {
		for _, value := range m.Header[textproto.CanonicalMIMEHeaderKey(name)] {
			p.Header = append(p.Header, Field{name, decoded(value)})
		}
	}
	parts := 0
	return p, p.part(textproto.MIMEHeader(m.Header), m.Body, &parts)
}

// decoded is a field without encoded words (RFC 2047).
func decoded(value string) string {
	if plain, err := new(mime.WordDecoder).DecodeHeader(value); err == nil {
		return plain
	}
	return value
}

func (p *Preview) part(h textproto.MIMEHeader, body io.Reader, parts *int) error {
	if *parts++; *parts > maxParts {
		return fmt.Errorf("the message has more than %d parts", maxParts)
	}
	media, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		return fmt.Errorf("the message can't be read: %w", err)
	}
	if strings.HasPrefix(media, "multipart/") {
		reader := multipart.NewReader(body, params["boundary"])
		for {
			part, err := reader.NextRawPart()
			if err == io.EOF {
				return nil
			}
			if err != nil {
				return fmt.Errorf("the message can't be read: %w", err)
			}
			if err := p.part(part.Header, part, parts); err != nil {
				return err
			}
		}
	}
	data, err := io.ReadAll(unpacked(h.Get("Content-Transfer-Encoding"), body))
	if err != nil {
		return fmt.Errorf("the message can't be read: %w", err)
	}
	p.leaf(h, media, params, data)
	return nil
}

func unpacked(encoding string, body io.Reader) io.Reader {
	switch strings.ToLower(encoding) {
	case "quoted-printable":
		return quotedprintable.NewReader(body)
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, body)
	}
	return body
}

// leaf sorts a part: a body, or a file.
func (p *Preview) leaf(h textproto.MIMEHeader, media string, params map[string]string, data []byte) {
	disposition, more, _ := mime.ParseMediaType(h.Get("Content-Disposition"))
	name := more["filename"]
	if name == "" {
		name = params["name"]
	}
	id := strings.Trim(h.Get("Content-Id"), "<> ")
	switch {
	case disposition != "attachment" && id == "" && media == "text/plain" && p.Text == "":
		p.Text = string(data)
	case disposition != "attachment" && id == "" && media == "text/html" && p.HTML == "":
		p.HTML = string(data)
	default:
		p.Files = append(p.Files, File{decoded(name), media, id, data})
	}
}
