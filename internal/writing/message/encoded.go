package message

import (
	"bytes"

	"crier.dev/crier/internal/writing/plan"
)

// encode makes of a constant once what would be made of its lines every time.
// Its first and its last line go on in what stands beside it.
func encode(c *plan.Constant) {
	first, last := bytes.IndexByte(c.Text, '\n'), bytes.LastIndexByte(c.Text, '\n')
	if first < 0 || c.Lines != nil {
		return
	}
	whole := c.Text[first+1 : last+1]
	l := &plan.Lines{First: c.Text[:first], Last: c.Text[last+1:], Quoted: appendQuoted(nil, whole)}
	if l.Encoded = !plainLines(whole); !l.Encoded {
		if l.Plain = appendLines(nil, whole); bytes.Equal(l.Plain, l.Quoted) {
			l.Quoted = l.Plain
		}
	}
	c.Lines = l
}

// planned is a body that a plan made.
type planned struct {
	plan.Text
	made bool
	line []byte
}

// plain is plainLines of it.
func (p *planned) plain() bool {
	for _, piece := range p.Pieces() {
		if c := piece.Constant; c != nil && c.Lines != nil && c.Lines.Encoded {
			return false
		}
	}
	plain := true
	p.each(func(line []byte) { plain = plain && plainLines(line) }, func(*plan.Lines) {})
	return plain
}

// appendQuoted is appendQuoted of it.
func (p *planned) appendQuoted(dst []byte) []byte {
	p.each(func(line []byte) { dst = append(appendQuotedLine(dst, line), "\r\n"...) },
		func(l *plan.Lines) { dst = append(dst, l.Quoted...) })
	return dst
}

// appendLines is appendLines of it.
func (p *planned) appendLines(dst []byte) []byte {
	p.each(func(line []byte) { dst = append(append(dst, line...), "\r\n"...) },
		func(l *plan.Lines) { dst = append(dst, l.Plain...) })
	return dst
}

// each goes over all lines: one by one those that several pieces have a part
// in, and whole those that were encoded before.
func (p *planned) each(one func(line []byte), whole func(*plan.Lines)) {
	line := p.line[:0]
	for _, piece := range p.Pieces() {
		if piece.Constant == nil || piece.Constant.Lines == nil {
			line = append(line, piece.Bytes()...)
			continue
		}
		l := piece.Constant.Lines
		line = append(line, l.First...)
		one(line)
		whole(l)
		line = append(line[:0], l.Last...)
	}
	if len(line) > 0 {
		one(line)
	}
	p.line = line
}
