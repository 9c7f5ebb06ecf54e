package plaintext

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Role is what a mark stands for.
type Role byte

// Roles of marks.
const (
	Value  Role = 'v' // something to print
	InURL  Role = 'u' // the same, in the address of a link; only in what FromHTML gives
	Silent Role = 's' // prints nothing, and must come before what it is for
	Begin  Role = 'b' // {{if}} or {{with}}
	Else   Role = 'm' // {{else}}
	End    Role = 'e' // {{end}}
)

// Marks stand in a document for the actions of a template while it is read as
// HTML: single words of ASCII letters and digits, which nothing escapes,
// wraps or changes.
type Marks struct {
	prefix string
	re     *regexp.Regexp
}

// NewMarks makes marks that begin with prefix: a word of letters and digits
// that the document doesn't contain.
func NewMarks(prefix string) *Marks {
	return &Marks{prefix, regexp.MustCompile(regexp.QuoteMeta(prefix) + `([vusbme])(\d{1,7})z`)}
}

// Mark is the word for an action. The marks of a branch, Begin, Else and End,
// have the same number.
func (m *Marks) Mark(role Role, number int) string {
	return fmt.Sprintf("%s%c%dz", m.prefix, role, number)
}

// Piece is a run of literal text, or, if Role isn't 0, a mark.
type Piece struct {
	Text   string
	Role   Role
	Number int
}

// inURL are the values of a text as values in an address.
func (m *Marks) inURL(s string) string {
	if m == nil {
		return s
	}
	var b strings.Builder
	for _, p := range m.Split(s) {
		if p.Role == Value {
			p.Text = m.Mark(InURL, p.Number)
		}
		b.WriteString(p.Text)
	}
	return b.String()
}

// Split takes a text apart at its marks.
func (m *Marks) Split(s string) []Piece {
	if m == nil {
		return literal(nil, s)
	}
	var pieces []Piece
	at := 0
	for _, at4 := range m.re.FindAllStringSubmatchIndex(s, -1) {
		pieces = literal(pieces, s[at:at4[0]])
		number, _ := strconv.Atoi(s[at4[4]:at4[5]])
		pieces = append(pieces, Piece{s[at4[0]:at4[1]], Role(s[at4[2]]), number})
		at = at4[1]
	}
	return literal(pieces, s[at:])
}

func literal(pieces []Piece, s string) []Piece {
	if s == "" {
		return pieces
	}
	return append(pieces, Piece{Text: s})
}

// valueWidth is how many characters a value is taken for when lines are
// wrapped.
const valueWidth = 12

// width is how many characters a word probably takes; of one in which a branch
// ends and another begins, only the part in the first.
func (m *Marks) width(word string) int {
	c := column{}
	for _, p := range m.Split(word) {
		if p.Role == Else {
			break
		}
		c.pass([]Piece{p})
	}
	return c.at
}

// column is how far a line has got, in characters. Only one branch of a
// condition is printed, so the second begins where the first did, and the line
// goes on where the longer one ends.
type column struct {
	at   int
	open []branch
}

// branch is where a condition began, and where its first branch ended.
type branch struct{ began, ended int }

func (c *column) pass(pieces []Piece) {
	for _, p := range pieces {
		last := len(c.open) - 1
		switch {
		case p.Role == 0:
			c.at += utf8.RuneCountInString(p.Text)
		case p.Role == Value || p.Role == InURL:
			c.at += valueWidth
		case p.Role == Begin:
			c.open = append(c.open, branch{c.at, c.at})
		case p.Role == Else && last >= 0:
			c.open[last].ended, c.at = c.at, c.open[last].began
		case p.Role == End && last >= 0:
			c.at = max(c.at, c.open[last].ended)
			c.open = c.open[:last]
		}
	}
}

// control says whether a piece is a mark that prints nothing itself.
func (m *Marks) control(p Piece) bool { return p.Role != 0 && p.Role != Value && p.Role != InURL }
