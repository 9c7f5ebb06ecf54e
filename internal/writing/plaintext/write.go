package plaintext

import "strings"

// lineWidth is what RFC 5322 section 2.1.1 asks lines to keep to, in
// characters.
const lineWidth = 78

// block is a paragraph, an item or a row.
type block struct {
	sep         int    // line breaks wanted before it
	first, rest string // what its lines begin with
	text        string // with '\n' for a forced break
	pre         bool
	// What run splits off:
	before, after []Piece // marks of branches at its edges
	pieces        []Piece // what is between
}

// writer puts blocks together.
type writer struct {
	marks   *Marks
	out     strings.Builder
	sep     int           // line breaks that are due before the next block
	ended   bool          // they were written already, in a branch
	certain bool          // something stands before, if the branches that are open are taken
	text    bool          // something may stand before
	before  string        // prefix of the block before
	saved   []state       // at each Begin that is open
	outer   map[int]bool  // branches around whole blocks
	whole   map[int]found // marks of branches
}

type state struct {
	sep           int
	certain, text bool
}

// found counts the marks of a branch.
type found struct{ begin, end int }

func write(blocks []block, marks *Marks) string {
	w := writer{marks: marks, outer: map[int]bool{}, whole: map[int]found{}}
	for i := range blocks {
		blocks[i].split(marks)
		for _, p := range marks.Split(blocks[i].text) {
			w.count(p)
		}
	}
	w.findOuter(blocks)
	for i := range blocks {
		next := 0
		if i+1 < len(blocks) {
			next = blocks[i+1].sep
		}
		w.block(&blocks[i], next)
	}
	text := strings.TrimRight(w.out.String(), "\n ")
	if text == "" {
		return ""
	}
	return text + "\n"
}

func (w *writer) count(p Piece) {
	n := w.whole[p.Number]
	switch p.Role {
	case Begin:
		n.begin++
	case End:
		n.end++
	default:
		return
	}
	w.whole[p.Number] = n
}

// complete says whether a branch can be kept.
func (w *writer) complete(p Piece) bool {
	n := w.whole[p.Number]
	return p.Role == Silent || n.begin == 1 && n.end == 1
}

// split takes the marks of branches at the edges off.
func (b *block) split(marks *Marks) {
	b.pieces = marks.Split(b.text)
	edge := func(p Piece) bool { return marks.control(p) }
	blank := func(p Piece) bool { return p.Role == 0 && strings.TrimSpace(p.Text) == "" }
	for len(b.pieces) > 0 && (edge(b.pieces[0]) || blank(b.pieces[0])) {
		if edge(b.pieces[0]) {
			b.before = append(b.before, b.pieces[0])
		}
		b.pieces = b.pieces[1:]
	}
	for n := len(b.pieces); n > 0 && (edge(b.pieces[n-1]) || blank(b.pieces[n-1])); n-- {
		if edge(b.pieces[n-1]) {
			b.after = append([]Piece{b.pieces[n-1]}, b.after...)
		}
		b.pieces = b.pieces[:n-1]
	}
}

// findOuter finds the branches that begin before a block and end after one.
func (w *writer) findOuter(blocks []block) {
	inside := map[int]bool{}
	for i := range blocks {
		b := &blocks[i]
		for _, p := range b.before {
			w.outer[p.Number] = true
			inside[p.Number] = inside[p.Number] || p.Role == End && len(b.pieces) > 0
		}
		for _, p := range b.pieces {
			inside[p.Number] = inside[p.Number] || w.marks.control(p)
		}
		for _, p := range b.after {
			w.outer[p.Number] = true
			inside[p.Number] = inside[p.Number] || p.Role == Begin && len(b.pieces) > 0
		}
	}
	for number, is := range inside {
		if is {
			delete(w.outer, number)
		}
	}
}

// block writes one; next is how many line breaks are wanted after it.
func (w *writer) block(b *block, next int) {
	if len(b.pieces) == 0 {
		w.due(b.sep)
		for _, p := range b.before {
			w.between(p)
		}
		return
	}
	w.due(b.sep)
	var first, last []Piece
	for _, p := range b.before {
		if len(first) == 0 && w.outer[p.Number] {
			w.between(p)
		} else {
			first = append(first, p)
		}
	}
	after := b.after
	for len(after) > 0 && !w.outer[after[0].Number] {
		last = append(last, after[0])
		after = after[1:]
	}
	w.breaks(b)
	w.body(b, first, last)
	w.due(next)
	for _, p := range after {
		w.between(p)
	}
}

// breaks writes the line breaks before a block; empty lines within a quotation
// belong to it.
func (w *writer) breaks(b *block) {
	empty := 0
	for empty < min(len(b.rest), len(w.before)) && b.rest[empty] == w.before[empty] {
		empty++
	}
	for i := range w.sep {
		if i > 0 {
			w.out.WriteString(strings.TrimRight(b.rest[:empty], " "))
		}
		w.out.WriteByte('\n')
	}
	w.before = b.rest
	w.sep, w.ended, w.certain, w.text = 0, false, true, true
}

// due asks for line breaks before the next block, if there is anything before.
func (w *writer) due(sep int) {
	if w.text && !w.ended {
		w.sep = max(w.sep, sep)
	}
}

// between writes a mark that stands between blocks. The empty line that is due
// stays due, inside of the branch and after it, so that it isn't there twice
// when the branch isn't.
func (w *writer) between(p Piece) {
	if !w.complete(p) {
		return
	}
	top := len(w.saved) - 1
	switch {
	case p.Role == Begin:
		w.saved = append(w.saved, state{w.sep, w.certain, w.text})
	case p.Role == Silent, top < 0: // its beginning stands within a block
	case p.Role == Else:
		w.leave(w.saved[top])
		w.sep, w.text = w.saved[top].sep, w.saved[top].text
	case p.Role == End:
		w.leave(w.saved[top])
		w.sep = max(w.sep, w.saved[top].sep)
		w.saved = w.saved[:top]
	}
	w.out.WriteString(p.Text)
}

// leave ends a branch. One that may or may not be the beginning of the text
// has its empty line within, so that the text never begins with one.
func (w *writer) leave(s state) {
	w.certain = s.certain
	if !s.certain {
		w.out.WriteString(strings.Repeat("\n", w.sep))
		w.sep, w.ended = 0, true
	}
}

func (w *writer) body(b *block, first, last []Piece) {
	var text strings.Builder
	for _, run := range [][]Piece{first, b.pieces, last} {
		for _, p := range run {
			if !w.marks.control(p) || w.complete(p) {
				text.WriteString(p.Text)
			}
		}
	}
	prefix := b.first
	s := text.String()
	if b.pre {
		s = strings.Trim(s, "\n")
	}
	for i, line := range strings.Split(s, "\n") {
		if i > 0 {
			w.out.WriteByte('\n')
		}
		if b.pre {
			w.out.WriteString(strings.TrimRight(prefix+line, " \t\r"))
		} else {
			w.wrap(line, prefix, b.rest)
		}
		prefix = b.rest
	}
}

// wrap writes the words of a line.
func (w *writer) wrap(line, prefix, rest string) {
	words := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' })
	if len(words) == 0 {
		w.out.WriteString(strings.TrimRight(prefix, " "))
		return
	}
	w.out.WriteString(prefix)
	c := column{at: len(prefix)}
	for i, word := range words {
		switch {
		case i == 0:
		case c.at+1+w.marks.width(word) > lineWidth:
			w.out.WriteString("\n" + rest)
			c.at = len(rest)
		default:
			w.out.WriteByte(' ')
			c.at++
		}
		w.out.WriteString(strings.ReplaceAll(word, "\u00a0", " "))
		c.pass(w.marks.Split(word))
	}
}
