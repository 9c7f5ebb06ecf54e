package harness

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strings"
)

// Part is one leaf of a message, decoded.
type Part struct {
	Type, Filename string
	Body           []byte
}

// Mail is a message, decoded.
type Mail struct {
	Header mail.Header
	Parts  []Part
}

// ParseMail decodes a message (RFC 5322, RFC 2045).
func ParseMail(raw []byte) (*Mail, error) {
	message, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	m := &Mail{Header: message.Header}
	return m, m.walk(message.Header.Get, message.Body)
}

// Get is a header field, with encoded words decoded (RFC 2047).
func (m *Mail) Get(field string) string {
	raw := m.Header.Get(field)
	if decoded, err := new(mime.WordDecoder).DecodeHeader(raw); err == nil {
		return decoded
	}
	return raw
}

// Body is the first part of that media type, "" if there is none.
func (m *Mail) Body(mediaType string) string {
	for _, part := range m.Parts {
		if part.Type == mediaType && part.Filename == "" {
			return strings.ReplaceAll(string(part.Body), "\r\n", "\n")
		}
	}
	return ""
}

// Print prints header fields and the first lines of the plain body.
func (m *Mail) Print(out io.Writer, fields []string, lines int) {
	for _, field := range fields {
		if value := m.Get(field); value != "" {
			fmt.Fprintf(out, "%s: %s\n", field, value)
		}
	}
	text := strings.Split(strings.TrimSpace(m.Body("text/plain")), "\n")
	fmt.Fprintf(out, "\n%s\n", strings.Join(text[:min(lines, len(text))], "\n"))
	if len(text) > lines {
		fmt.Fprintf(out, "[%d more lines]\n", len(text)-lines)
	}
	for _, part := range m.Parts {
		if part.Filename != "" {
			fmt.Fprintf(out, "[attached: %s, %s, %d octets]\n", part.Filename, part.Type, len(part.Body))
		}
	}
}

func (m *Mail) walk(header func(string) string, body io.Reader) error {
	mediaType, parameters, err := mime.ParseMediaType(header("Content-Type"))
	if err != nil {
		return fmt.Errorf("content type: %w", err)
	}
	if strings.HasPrefix(mediaType, "multipart/") {
		return m.walkParts(multipart.NewReader(body, parameters["boundary"]))
	}
	switch strings.ToLower(header("Content-Transfer-Encoding")) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	content, err := io.ReadAll(body)
	if err != nil {
		return fmt.Errorf("%s: %w", mediaType, err)
	}
	_, disposition, err := mime.ParseMediaType(header("Content-Disposition"))
	if err != nil {
		disposition = nil
	}
	m.Parts = append(m.Parts, Part{Type: mediaType, Filename: disposition["filename"], Body: content})
	return nil
}

func (m *Mail) walkParts(parts *multipart.Reader) error {
	for {
		part, err := parts.NextRawPart()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := m.walk(part.Header.Get, part); err != nil {
			return err
		}
	}
}
