package plan

import (
	"strings"
	"unicode/utf8"
)

// Constant is text that is the same for everybody.
type Constant struct {
	Text []byte
	// Lines are what was made of it beforehand; nil if no line ends in it.
	Lines *Lines
}

// Lines are the lines of a constant.
type Lines struct {
	First, Last []byte // those that began before it, or end after it
	Plain       []byte // the others, as they are
	Quoted      []byte // the others, encoded
	Encoded     bool   // they can't be sent as they are: there is no Plain
}

// Piece is a constant of a text or, if that is nil, a value.
type Piece struct {
	Constant *Constant
	Value    []byte // has no line end
}

// Bytes are the piece as it is.
func (p Piece) Bytes() []byte {
	if p.Constant != nil {
		return p.Constant.Text
	}
	return p.Value
}

// Text is what plans made for one recipient. It is reused for the next; the
// zero value is ready to use.
type Text struct {
	pieces []Piece
	room   []byte // of values
	size   int
}

// Pieces are all of it, none of them empty.
func (t *Text) Pieces() []Piece { return t.pieces }

// Size is how many octets the pieces have.
func (t *Text) Size() int { return t.size }

// EndsLine says whether a line end is the last of it.
func (t *Text) EndsLine() bool {
	if len(t.pieces) == 0 {
		return false
	}
	last := t.pieces[len(t.pieces)-1].Bytes()
	return last[len(last)-1] == '\n'
}

// Reset empties it.
func (t *Text) Reset() { t.pieces, t.room, t.size = t.pieces[:0], t.room[:0], 0 }

// AddConstant adds what is the same for everybody.
func (t *Text) AddConstant(c *Constant) {
	if len(c.Text) > 0 {
		t.pieces = append(t.pieces, Piece{Constant: c})
		t.size += len(c.Text)
	}
}

// AddValue adds what isn't. It is false if v may not stand in a plan.
func (t *Text) AddValue(v string) bool {
	from := len(t.room)
	t.room = append(t.room, v...)
	return t.added(from, v)
}

func (t *Text) addHTML(v string) bool {
	from := len(t.room)
	t.room = appendHTML(t.room, v)
	return t.added(from, v)
}

// added is about what stands in room now; v is what it was made of.
func (t *Text) added(from int, v string) bool {
	if len(v) == 0 {
		return true
	}
	to := len(t.room)
	t.pieces = append(t.pieces, Piece{Value: t.room[from:to:to]})
	t.size += to - from
	return strings.IndexByte(v, 0) < 0 && strings.IndexByte(v, '\r') < 0 && strings.IndexByte(v, '\n') < 0 && utf8.ValidString(v)
}

// Run adds what the plan makes for one recipient, up to a size of the text. It
// is false where the template has to make it instead: then the text is of no
// use.
func (p *Plan) Run(r *Recipient, t *Text, limit int) bool { return t.run(p.ops, r, limit) }

func (t *Text) run(ops []op, r *Recipient, limit int) bool {
	for i := range ops {
		o := &ops[i]
		ok := true
		switch {
		case o.constant != nil:
			t.AddConstant(o.constant)
		case o.when != nil:
			var met bool
			if met, ok = o.when(r); ok && met {
				ok = t.run(o.yes, r, limit)
			} else if ok {
				ok = t.run(o.no, r, limit)
			}
		default:
			var v string
			if v, ok = o.value(r); ok && o.html {
				ok = t.addHTML(v)
			} else if ok {
				ok = t.AddValue(v)
			}
		}
		if !ok || t.size > limit {
			return false
		}
	}
	return true
}
