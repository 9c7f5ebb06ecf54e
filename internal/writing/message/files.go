package message

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"mime"
	"slices"
	"strings"
)

// files are the parts that are the same in every message, each a whole entity
// with its header, encoded once.
type files struct {
	inline   [][]byte // those that the HTML refers to
	attached [][]byte
	all      [][]byte // inline, then attached: where there is no HTML
	calendar []byte
}

// useFiles encodes attachments and calendar once for all recipients.
func (c *Composer) useFiles() error {
	if err := checkFiles(c.frozen.Attachments); err != nil {
		return err
	}
	var asAttached [][]byte
	for i, a := range c.frozen.Attachments {
		if a.ContentID != "" {
			part, err := fileEntity(a, "inline")
			if err != nil {
				return fmt.Errorf("attachment %d: %w", i+1, err)
			}
			c.files.inline = append(c.files.inline, part)
		}
		part, err := fileEntity(a, "attachment")
		if err != nil {
			return fmt.Errorf("attachment %d: %w", i+1, err)
		}
		if a.ContentID != "" {
			asAttached = append(asAttached, part)
		} else {
			c.files.attached = append(c.files.attached, part)
		}
	}
	if err := c.useCalendar(); err != nil {
		return err
	}
	c.files.all = slices.Concat(asAttached, c.files.attached)
	return nil
}

// fileEntity is a whole entity: its header and its body. Its name has been
// checked.
func fileEntity(a Attachment, disposition string) ([]byte, error) {
	contentType, err := mediaType(a)
	if err != nil {
		return nil, err
	}
	fields := [][2]string{
		{"Content-Disposition", mime.FormatMediaType(disposition, map[string]string{"filename": a.Name})},
	}
	if disposition == "inline" {
		fields = append(fields, [2]string{"Content-ID", "<" + a.ContentID + ">"})
	}
	fields = append(fields, [2]string{"Content-Transfer-Encoding", "base64"}, [2]string{"Content-Type", contentType})
	return entity(fields, base64Lines(a.Data)), nil
}

// mediaType is the type of a file as it stands in a header.
func mediaType(a Attachment) (string, error) {
	given := a.ContentType
	if given == "" {
		given = TypeOf(a.Name)
	}
	media, params, err := mime.ParseMediaType(given)
	kind, _, both := strings.Cut(media, "/")
	switch {
	case err != nil, !both:
		return "", errors.New("content type is not a media type")
	case kind == "multipart", kind == "message":
		// RFC 2045 section 6.4 forbids base64 for these.
		return "", fmt.Errorf("content type %s can't be attached", kind)
	}
	contentType := mime.FormatMediaType(media, params)
	if contentType == "" || len(contentType) > maxHeaderValue || controls(contentType) {
		return "", errors.New("content type can't be written into a header")
	}
	return contentType, nil
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

// lineOctets is what a line of base64 holds (RFC 2045 section 6.8).
const lineOctets = 76

func base64Lines(data []byte) []byte {
	text := base64.StdEncoding.EncodeToString(data)
	out := make([]byte, 0, encodedSize(len(data)))
	for len(text) > 0 {
		n := min(lineOctets, len(text))
		out = append(append(out, text[:n]...), "\r\n"...)
		text = text[n:]
	}
	return out
}

// encodedSize is how long n octets are in base64, in lines.
func encodedSize(n int) int {
	n = base64.StdEncoding.EncodedLen(n)
	return n + len("\r\n")*((n+lineOctets-1)/lineOctets)
}
