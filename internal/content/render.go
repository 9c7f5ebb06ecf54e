package content

import (
	"errors"
	"io"
	"strings"
	"unicode"
)

var errTooLarge = errors.New("too large")

// bounded stops a template at the first write beyond the limit. Templates have
// no loops, and functions take time in proportion to a value, so that
// MaxActions, MaxValue and this bound their time too: no clock is needed.
type bounded struct {
	text strings.Builder
	left int
}

func (b *bounded) Write(p []byte) (int, error) {
	if len(p) > b.left {
		return 0, errTooLarge
	}
	b.left -= len(p)
	return b.text.Write(p)
}

// executor is what text and HTML templates have in common.
type executor interface {
	Execute(w io.Writer, data any) error
}

// Render makes the content for one recipient. An attribute that this recipient
// lacks is empty. Every error is a *Refused.
func (t *Templates) Render(d Data) (Rendered, error) {
	if part := oversize(d); part != "" {
		return Rendered{}, &Refused{PartText, part + " of the recipient is too long"}
	}
	var out Rendered
	var err error
	if out.Subject, err = render(PartSubject, t.subject, d, MaxSubject); err != nil {
		return Rendered{}, err
	}
	out.Subject = strings.TrimSpace(out.Subject)
	if reason := badSubject(out.Subject); reason != "" {
		return Rendered{}, &Refused{PartSubject, reason}
	}
	if t.text != nil {
		if out.Text, err = render(PartText, t.text, d, MaxPart); err != nil {
			return Rendered{}, err
		}
	}
	if t.html != nil {
		if out.HTML, err = render(PartHTML, t.html, d, MaxPart); err != nil {
			return Rendered{}, err
		}
	}
	return out, nil
}

func oversize(d Data) string {
	if len(d.Name) > MaxValue {
		return "the name"
	}
	if len(d.Email) > MaxValue {
		return "the address"
	}
	for _, v := range d.Attributes {
		if len(v) > MaxValue {
			return "an attribute"
		}
	}
	return ""
}

func render(part string, t executor, d Data, limit int) (string, error) {
	w := &bounded{left: limit}
	if err := t.Execute(w, d); err != nil {
		if errors.Is(err, errTooLarge) {
			return "", &Refused{part, "what the template makes of this recipient is too large"}
		}
		// The error could quote the recipient's data.
		return "", &Refused{part, "the template can't be applied to this recipient"}
	}
	s := w.text.String()
	if strings.ContainsRune(s, 0) {
		return "", &Refused{part, "a NUL character in the recipient's data"}
	}
	return strings.ToValidUTF8(s, "\ufffd"), nil
}

// badSubject keeps header lines whole: a value with a line break could begin a
// header of its own.
func badSubject(s string) string {
	switch {
	case s == "":
		return "the subject is empty for this recipient"
	case strings.ContainsAny(s, "\r\n\u0085\u2028\u2029"):
		return "a line break in the recipient's data"
	case strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\t' }):
		return "a control character in the recipient's data"
	}
	return ""
}
