// Package plaintext makes the text part of a message from its HTML part.
package plaintext

import (
	"strings"

	"golang.org/x/net/html"
)

// FromHTML is what doc says, as plain text with lines of at most 78 characters
// where words allow it. marks, which may be nil, are words of doc that stand
// for actions of a template: they are kept in order and whole. A condition
// around whole blocks takes the empty line between them with it. Marks of a
// branch of which any is lost, because it stands in a tag or in what isn't
// shown, are all left out: see Derive.
func FromHTML(doc string, marks *Marks) string { return read(doc, marks, nil) }

// Derive is FromHTML, and what of the HTML the text can't have. With any loss
// the text must not be used: it would say to everybody what is for some.
func Derive(doc string, marks *Marks) (string, []Loss) {
	w := &witness{marks: marks, spots: map[int][]spot{}}
	text := read(doc, marks, w)
	return text, w.losses(doc)
}

func read(doc string, marks *Marks, w *witness) string {
	r := reader{marks: marks}
	z := html.NewTokenizer(strings.NewReader(doc))
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			break
		}
		if w != nil {
			w.see(kind, string(z.Raw()), &r)
		}
		r.token(kind, z.Token())
	}
	r.flush()
	return write(r.blocks, marks)
}

// element is one that is open.
type element struct {
	name    string
	hidden  bool   // it and all in it isn't shown
	pre     bool   // line breaks and spaces count
	first   string // prefix of the first line of the next block in it
	rest    string // prefix of other lines
	ordered int    // number of the next item of <ol>; 0 otherwise
	data    bool   // a table whose rows become lines
	cells   int    // of the row
	link    string // where a link leads
	from    int    // where the text of the link begins in the buffer
}

// reader goes over the tags in the order of the document. It builds no tree:
// HTML's rules for tables would move marks that stand between rows.
type reader struct {
	marks  *Marks
	open   []element
	inline strings.Builder // of the block that is being read
	pre    bool            // that block is preformatted
	sep    int             // line breaks wanted before the next block
	blocks []block
	begun  map[int]bool // branches that began between blocks
	hidden int          // open elements that are hidden
	// branches are those that are open.
	branches []counted
}

// maxIndent is where lists and quotations within each other stop to move lines
// to the right.
const maxIndent = 32

// maxOpen bounds nesting; what is deeper has no effect of its own.
const maxOpen = 256

func (r *reader) token(kind html.TokenType, t html.Token) {
	switch kind {
	case html.TextToken:
		if r.hidden == 0 {
			r.text(t.Data)
		}
	case html.StartTagToken, html.SelfClosingTagToken:
		r.start(t)
	case html.EndTagToken:
		r.end(t.Data)
	}
}

// text adds to the block; white space becomes single spaces when it is
// written.
func (r *reader) text(s string) {
	r.numbering(s)
	if r.inPre() {
		r.pre = true
		r.inline.WriteString(strings.ReplaceAll(s, "\r\n", "\n"))
		return
	}
	r.inline.WriteString(strings.Map(func(c rune) rune {
		switch c {
		case '\t', '\n', '\r', '\f':
			return ' '
		case '\u200b', '\u200c', '\u00ad', '\ufeff', '\u034f': // fill and hyphens of layouts
			return -1
		}
		return c
	}, s))
}

func (r *reader) inPre() bool {
	for i := range r.open {
		if r.open[i].pre {
			return true
		}
	}
	return false
}

// flush ends the block.
func (r *reader) flush() {
	text := r.inline.String()
	pre := r.pre
	r.inline.Reset()
	r.pre = false
	for i := range r.open {
		r.open[i].from = 0
	}
	ends, text := r.ends(text)
	r.add(ends, false)
	r.add(text, pre)
}

// add adds a block, unless it is blank.
func (r *reader) add(text string, pre bool) {
	if strings.TrimSpace(text) == "" {
		return
	}
	b := block{text: text, pre: pre, sep: r.sep}
	if onlyControl(text, r.marks) {
		r.around(text)
	} else {
		for i := range r.open {
			e := &r.open[i]
			if len(b.rest) < maxIndent {
				b.first += e.first
				b.rest += e.rest
			}
			e.first = e.rest
		}
	}
	r.sep = 0
	r.blocks = append(r.blocks, b)
}

// around remembers the branches that begin between blocks.
func (r *reader) around(text string) {
	for _, p := range r.marks.Split(text) {
		if p.Role == Begin {
			if r.begun == nil {
				r.begun = map[int]bool{}
			}
			r.begun[p.Number] = true
		}
	}
}

// ends cuts the marks off a text that end branches which began between blocks:
// what follows is a block of its own, whether the branch is taken or not.
func (r *reader) ends(text string) (ends, rest string) {
	cut, at := 0, 0
	for _, p := range r.marks.Split(text) {
		if !r.marks.control(p) && strings.TrimSpace(p.Text) != "" {
			break
		}
		at += len(p.Text)
		if p.Role == End && r.begun[p.Number] {
			cut = at
		}
	}
	return text[:cut], text[cut:]
}

// apart ends the block and asks for at least n line breaks before the next.
func (r *reader) apart(n int) {
	r.flush()
	r.sep = max(r.sep, n)
}

func onlyControl(text string, marks *Marks) bool {
	for _, p := range marks.Split(text) {
		if !marks.control(p) && strings.TrimSpace(p.Text) != "" {
			return false
		}
	}
	return true
}
