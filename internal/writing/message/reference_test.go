package message

import (
	"bytes"
	"cmp"
	"html"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	gomail "github.com/wneessen/go-mail"

	"crier.dev/crier/internal/recipients/address"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/writing/content"
)

// This file composes the same message slowly, out of go-mail and the standard
// library. Compose must write what it writes.

type referencePart struct {
	header [][2]string
	body   []byte
}

// write assembles the message. go-mail (0.8.1) can't do the bodies: what it
// declares 7bit it still encodes as quoted-printable; a fixed boundary is used
// for nested multiparts too, and without one it is random; and it encodes each
// attachment anew for every recipient.
func (c *Composer) referenceWrite(id string, list int, to *mail.Address, r content.Rendered, date time.Time) ([]byte, error) {
	unique, _ := address.Split(id)
	root, err := c.referenceBody(r, unique)
	if err != nil {
		return nil, err
	}
	parts := []referencePart{root}
	for _, inline := range []bool{true, false} {
		for _, a := range c.frozen.Attachments {
			if (a.ContentID != "") == inline && (!inline || r.HTML == "") {
				parts = append(parts, referenceAttachment(a, false))
			}
		}
	}
	if event := c.frozen.Calendar; event != nil {
		parts = append(parts, referencePart{[][2]string{
			{"Content-Type", "application/ics; name=invite.ics"},
			{"Content-Disposition", "attachment; filename=invite.ics"},
			{"Content-Transfer-Encoding", "base64"},
		}, base64Lines(event.Data)})
	}
	if len(parts) > 1 {
		if root, err = referenceMulti("mixed", "mixed-"+unique, parts); err != nil {
			return nil, err
		}
	}
	header, err := c.referenceHeader(id, list, r.Subject, to, root.header, date)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, len(header)+2+len(root.body))
	out = append(out, header...)
	out = append(out, "\r\n"...)
	return append(out, root.body...), nil
}

// referenceBody is one text, or all there is with the richest last (RFC 2046 section 5.1.4).
func (c *Composer) referenceBody(r content.Rendered, unique string) (referencePart, error) {
	var parts []referencePart
	if r.Text != "" || r.HTML == "" {
		plain, err := referenceTextPart("plain", r.Text)
		if err != nil {
			return referencePart{}, err
		}
		parts = append(parts, plain)
	}
	if r.HTML != "" {
		html, err := referenceTextPart("html", r.HTML)
		if err != nil {
			return referencePart{}, err
		}
		within := []referencePart{html}
		for _, a := range c.frozen.Attachments {
			if a.ContentID != "" {
				within = append(within, referenceAttachment(a, true))
			}
		}
		if len(within) > 1 {
			if html, err = referenceMulti("related; type=\"text/html\"", "related-"+unique, within); err != nil {
				return referencePart{}, err
			}
		}
		parts = append(parts, html)
	}
	if event := c.frozen.Calendar; event != nil {
		part := referencePart{[][2]string{
			{"Content-Type", "text/calendar; charset=utf-8; method=" + event.Method}, {"Content-Transfer-Encoding", "7bit"},
		}, event.Data}
		if !referencePlainLines(string(event.Data)) {
			part.header[1][1], part.body = "base64", base64Lines(event.Data)
		}
		parts = append(parts, part)
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	return referenceMulti("alternative", "alternative-"+unique, parts)
}

// referenceMulti joins parts. The boundary comes from the Message-ID, which holds a MAC:
// nobody who writes content can guess it and end a part early.
func referenceMulti(subtype, boundary string, parts []referencePart) (referencePart, error) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if err := w.SetBoundary(boundary); err != nil {
		return referencePart{}, err
	}
	for _, p := range parts {
		h := textproto.MIMEHeader{}
		for _, f := range p.header {
			h[f[0]] = []string{referenceFold(f[0], f[1])} // Set would write Content-Id
		}
		pw, err := w.CreatePart(h)
		if err != nil {
			return referencePart{}, err
		}
		if _, err := pw.Write(p.body); err != nil {
			return referencePart{}, err
		}
	}
	if err := w.Close(); err != nil {
		return referencePart{}, err
	}
	return referencePart{[][2]string{{"Content-Type", "multipart/" + subtype + "; boundary=" + boundary}}, b.Bytes()}, nil
}

// referenceFold breaks a header of a part before its parameters where it is too long for
// a line; multipart.Writer doesn't fold, and go-mail only folds what it writes.
func referenceFold(name, value string) string {
	if len(name)+2+len(value) <= maxPlainLine {
		return value
	}
	return strings.ReplaceAll(value, "; ", ";\r\n ")
}

func referenceTextPart(subtype, text string) (referencePart, error) {
	text = strings.ToValidUTF8(referenceCrlf(text), "\ufffd")
	encoding, charset, encoded := "7bit", "us-ascii", []byte(text)
	if !referencePlainLines(text) {
		encoding, charset = "quoted-printable", "utf-8"
		var b bytes.Buffer
		w := quotedprintable.NewWriter(&b)
		if _, err := w.Write([]byte(text)); err != nil {
			return referencePart{}, err
		}
		if err := w.Close(); err != nil {
			return referencePart{}, err
		}
		encoded = referenceProtectFrom(b.Bytes())
	}
	return referencePart{[][2]string{
		{"Content-Type", "text/" + subtype + "; charset=" + charset},
		{"Content-Transfer-Encoding", encoding},
	}, encoded}, nil
}

// referenceCrlf makes CRLF of every line end, also of a lone CR or LF (RFC 5321 section
// 2.3.8), and ends the last line.
func referenceCrlf(s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	s = strings.ReplaceAll(s, "\r", "\n")
	if s != "" && !strings.HasSuffix(s, "\n") {
		s += "\n"
	}
	return strings.ReplaceAll(s, "\n", "\r\n")
}

// referencePlainLines says whether text survives every hop unencoded: short ASCII lines
// without trailing blanks, and none that a mailbox file would quote.
func referencePlainLines(text string) bool {
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

// referenceProtectFrom hides "From " at the beginning of a line from hops that write
// ">From ", which would break a signature (RFC 2049 section 3).
func referenceProtectFrom(b []byte) []byte {
	if bytes.HasPrefix(b, []byte("From ")) {
		b = append([]byte("=46"), b[1:]...)
	}
	return bytes.ReplaceAll(b, []byte("\r\nFrom "), []byte("\r\n=46rom "))
}

// header lets go-mail write and fold the header block, without the blank line
// that ends it. Bodies aren't go-mail's: see write.
func (c *Composer) referenceHeader(id string, list int, subject string, to *mail.Address, entity [][2]string, date time.Time) ([]byte, error) {
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	msg.SetMessageIDWithValue(id)
	msg.SetDateWithValue(date)
	msg.SetGenHeader(gomail.HeaderSubject, headerText(subject))
	msg.SetAddrHeaderFromMailAddress(gomail.HeaderFrom, c.from)
	msg.SetAddrHeaderFromMailAddress(gomail.HeaderTo, to)
	msg.SetAddrHeaderFromMailAddress(gomail.HeaderReplyTo, c.replyTo...)
	for _, h := range slices.Concat(c.variants[list].fixed, entity) {
		msg.SetGenHeader(gomail.Header(h[0]), h[1])
	}
	var b bytes.Buffer
	if _, err := msg.WriteTo(&b); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// referenceWithFooter adds the footer to both bodies: below a signature line in text
// (RFC 3676 section 4.3), and before the end of the body in HTML.
func referenceWithFooter(r content.Rendered, footer string) content.Rendered {
	if r.Text != "" {
		r.Text = strings.TrimRight(r.Text, "\r\n") + "\n\n-- \n" + footer + "\n"
	}
	if r.HTML != "" {
		lines := strings.ReplaceAll(html.EscapeString(footer), "\n", "<br>\n")
		block := `<p style="margin:24px 0 0;font:12px/1.5 sans-serif;color:#6b7280">` + lines + "</p>\n"
		end := referenceEndOfBody(r.HTML)
		r.HTML = r.HTML[:end] + block + r.HTML[end:]
	}
	return r
}

// referenceEndOfBody is where the body element is closed, or the end of the document.
func referenceEndOfBody(document string) int {
	lower := referenceASCIILower(document)
	for _, tag := range []string{"</body", "</html"} {
		if at := strings.LastIndex(lower, tag); at >= 0 {
			return at
		}
	}
	return len(document)
}

// referenceASCIILower keeps the length, which strings.ToLower doesn't.
func referenceASCIILower(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

func referenceAttachment(a Attachment, inline bool) referencePart {
	media, params, _ := mime.ParseMediaType(cmp.Or(a.ContentType, TypeOf(a.Name)))
	part := referencePart{[][2]string{
		{"Content-Type", mime.FormatMediaType(media, params)},
		{"Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": a.Name})},
		{"Content-Transfer-Encoding", "base64"},
	}, base64Lines(a.Data)}
	if inline {
		part.header[1][1] = mime.FormatMediaType("inline", map[string]string{"filename": a.Name})
		part.header = append(part.header, [2]string{"Content-ID", "<" + a.ContentID + ">"})
	}
	return part
}

// reference is Draft.
func (c *Composer) reference(r roster.Subscriber, date time.Time) ([]byte, error) {
	to, err := address.Parse(r.Email)
	if err != nil {
		return nil, err
	}
	rendered := content.Rendered{Subject: c.frozen.Subject, Text: c.frozen.Text, HTML: c.frozen.HTML}
	if templates := c.variants[r.List].templates; templates != nil {
		if rendered, err = templates.Render(content.Data{Name: r.Name, Email: to.Spelled, Attributes: r.Attributes}); err != nil {
			return nil, err
		}
		footer, inText, inHTML := c.frozen.Footer, c.frozen.FooterInText, c.frozen.FooterInHTML
		if len(c.frozen.Lists) > 0 {
			l := c.frozen.Lists[r.List]
			footer, inText, inHTML = l.Footer, l.FooterInText, l.FooterInHTML
		}
		if footer != "" {
			with := referenceWithFooter(rendered, footer)
			if !inText {
				rendered.Text = with.Text
			}
			if !inHTML {
				rendered.HTML = with.HTML
			}
		}
	}
	box, err := toMailbox(Mailbox{r.Name, to.Spelled})
	if err != nil {
		return nil, err
	}
	id := identity(new(Scratch).keyed(c), c.frozen.Generation, to.Key)
	return c.referenceWrite(id+"@"+c.idDomain, r.List, box, rendered, date)
}

// checkReference compares a message with the slow one. Where a line begins
// with "From ", its encoding makes the slow one too long.
func checkReference(t *testing.T, c *Composer, r roster.Subscriber, got []byte) {
	t.Helper()
	want, err := c.reference(r, testDate)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) && !bytes.Contains(want, []byte("\n=46rom ")) {
		t.Fatalf("message differs:\n%q\nwant\n%q", got, want)
	}
}
