package content

import (
	"bytes"
	"errors"
	"io"
	"unicode"
	"unicode/utf8"

	"crier.dev/crier/internal/writing/plan"
)

var errTooLarge = errors.New("too large")

// executor is what text and HTML templates have in common.
type executor interface {
	Execute(w io.Writer, data any) error
}

// Render makes the content for one recipient. An attribute that this recipient
// lacks is empty. Every error is a *Refused.
func (t *Templates) Render(d Data) (Rendered, error) {
	var b Buffers
	if err := t.RenderTo(&b, d); err != nil {
		return Rendered{}, err
	}
	return Rendered{b.Subject, string(b.Text), string(b.HTML)}, nil
}

// RenderTo is Render into buffers that are reused. After an error they hold
// nothing of use.
func (t *Templates) RenderTo(b *Buffers, d Data) error {
	if err := b.Begin(d); err != nil {
		return err
	}
	if err := t.RenderSubject(b, nil); err != nil {
		return err
	}
	if err := t.RenderText(b); err != nil {
		return err
	}
	return t.RenderHTML(b)
}

// Begin takes the recipient that parts are then rendered for, one by one.
func (b *Buffers) Begin(d Data) error {
	if part := oversize(d); part != "" {
		return &Refused{PartText, part + " of the recipient is too long"}
	}
	b.data = d
	b.Text, b.HTML = b.Text[:0], b.HTML[:0]
	return nil
}

// RenderSubject goes by a plan, if there is one and it can be gone by.
func (t *Templates) RenderSubject(b *Buffers, p *plan.Plan) (err error) {
	planned := false
	if p != nil {
		b.subject, planned = b.bySubject(p)
	}
	if !planned {
		if b.subject, err = b.execute(PartSubject, t.subject, b.subject[:0], MaxSubject); err != nil {
			return err
		}
	}
	b.Subject = string(bytes.TrimSpace(b.subject))
	if reason := badSubject(b.Subject); reason != "" {
		return &Refused{PartSubject, reason}
	}
	return nil
}

// RenderText leaves it empty without a template.
func (t *Templates) RenderText(b *Buffers) (err error) {
	if t.text != nil {
		b.Text, err = b.execute(PartText, t.text, b.Text[:0], MaxPart)
	}
	return err
}

// RenderHTML leaves it empty without a template.
func (t *Templates) RenderHTML(b *Buffers) (err error) {
	if t.html != nil {
		b.HTML, err = b.execute(PartHTML, t.html, b.HTML[:0], MaxPart)
	}
	return err
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

// execute appends what a template makes to dst. Templates get a pointer, which
// costs no allocation, and see the same fields.
func (b *Buffers) execute(part string, t executor, dst []byte, limit int) ([]byte, error) {
	b.out = bounded{dst, limit}
	err := t.Execute(&b.out, &b.data)
	dst, b.out.text = b.out.text, nil
	if err != nil {
		if errors.Is(err, errTooLarge) {
			return dst, &Refused{part, "what the template makes of this recipient is too large"}
		}
		var value *unfit
		if errors.As(err, &value) {
			return dst, &Refused{part, value.reason}
		}
		// The error could quote the recipient's data.
		return dst, &Refused{part, "the template can't be applied to this recipient"}
	}
	if bytes.IndexByte(dst, 0) >= 0 {
		return dst, &Refused{part, "a NUL character in the recipient's data"}
	}
	if !utf8.Valid(dst) {
		dst = bytes.ToValidUTF8(dst, []byte("\ufffd"))
	}
	return dst, nil
}

// badSubject keeps header lines whole: a value with a line break could begin a
// header of its own.
func badSubject(s string) string {
	if s == "" {
		return "the subject is empty for this recipient"
	}
	control := false
	for _, r := range s {
		switch r {
		case '\r', '\n', '\u0085', '\u2028', '\u2029':
			return "a line break in the recipient's data"
		}
		control = control || r != '\t' && (r < ' ' || r >= 0x7f && unicode.IsControl(r))
	}
	if control {
		return "a control character in the recipient's data"
	}
	return ""
}
