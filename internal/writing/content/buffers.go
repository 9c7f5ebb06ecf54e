package content

import "crier.dev/crier/internal/writing/plan"

// Buffers hold what is rendered for one recipient, and are reused for the
// next. The zero value is ready to use; one serves one goroutine.
type Buffers struct {
	// Subject is trimmed and a single line.
	Subject string
	// Text and HTML are valid UTF-8 without NUL, and empty for a part without
	// a template. They may be changed.
	Text, HTML []byte

	subject []byte
	planned plan.Text
	data    Data
	out     bounded
}

// bounded stops a template at the first write beyond the limit. Templates have
// no loops, and functions take time in proportion to a value, so that
// MaxActions, MaxValue and this bound their time too: no clock is needed.
type bounded struct {
	text []byte
	left int
}

func (b *bounded) Write(p []byte) (int, error) {
	if len(p) > b.left {
		return 0, errTooLarge
	}
	b.left -= len(p)
	b.text = append(b.text, p...)
	return len(p), nil
}

// WriteString spares html/template and fmt a copy.
func (b *bounded) WriteString(s string) (int, error) {
	if len(s) > b.left {
		return 0, errTooLarge
	}
	b.left -= len(s)
	b.text = append(b.text, s...)
	return len(s), nil
}
