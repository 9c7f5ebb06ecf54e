package filter

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/google/cel-go/common/ast"

	"crier.dev/crier/internal/words"
)

// Error says what is wrong with an expression and how to mend it.
type Error struct {
	// Line and Column count from 1, columns in characters. Both are 0 if it is
	// about the expression as a whole.
	Line, Column int
	Message      string
}

// Error is the message after the place.
func (e *Error) Error() string {
	if e.Line == 0 {
		return e.Message
	}
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Message)
}

// source finds places in the text of an expression.
type source struct {
	lines [][]rune
	info  *ast.SourceInfo
}

func newSource(expression string, info *ast.SourceInfo) source {
	s := source{info: info}
	for line := range strings.SplitSeq(expression, "\n") {
		s.lines = append(s.lines, []rune(line))
	}
	return s
}

// place of a part, counted from 1.
func (s source) place(id int64) (line, column int) {
	at := s.info.GetStartLocation(id)
	return max(at.Line(), 1), max(at.Column()+1, 1)
}

func (s source) errorAt(id int64, format string, args ...any) *Error {
	line, column := s.place(id)
	return &Error{Line: line, Column: column, Message: fmt.Sprintf(format, args...)}
}

// errorAtField is about the name that a selection ends with. CEL takes the dot
// before it for its place, or the bracket of has.
func (s source) errorAtField(e ast.Expr, format string, args ...any) *Error {
	from := e.ID()
	if e.AsSelect().IsTestOnly() {
		from = e.AsSelect().Operand().ID()
	}
	err := s.errorAt(from, format, args...)
	err.Line, err.Column = s.find(err.Line, err.Column, e.AsSelect().FieldName())
	return err
}

// find is where a word begins, at a place or after it, or the place itself.
func (s source) find(line, column int, word string) (int, int) {
	for l := line; l <= len(s.lines); l++ {
		start := 1
		if l == line {
			start = column
		}
		for c := start; c <= len(s.lines[l-1]); c++ {
			if !wordRune(s.at(l, c-1)) && s.word(l, c) == word {
				return l, c
			}
		}
	}
	return line, column
}

// errorAtCall is about the name of a function. CEL takes the bracket behind it
// for its place.
func (s source) errorAtCall(e ast.Expr, format string, args ...any) *Error {
	err := s.errorAt(e.ID(), format, args...)
	name := e.AsCall().FunctionName()
	if before := err.Column - len([]rune(name)); s.word(err.Line, before) == name {
		err.Column = before
	}
	return err
}

// start is where the first part of a selection begins.
func (s source) start(e ast.Expr) (line, column int) {
	for e.Kind() == ast.SelectKind && !e.AsSelect().IsTestOnly() {
		e = e.AsSelect().Operand()
	}
	return s.place(e.ID())
}

// at is the character of a place, 0 if there is none.
func (s source) at(line, column int) rune {
	if line < 1 || line > len(s.lines) || column < 1 || column > len(s.lines[line-1]) {
		return 0
	}
	return s.lines[line-1][column-1]
}

// word is the name that begins at a place, or "".
func (s source) word(line, column int) string {
	if line < 1 || line > len(s.lines) {
		return ""
	}
	text := s.lines[line-1]
	start := column - 1
	if start < 0 || start >= len(text) {
		return ""
	}
	end := start
	for end < len(text) && wordRune(text[end]) {
		end++
	}
	return string(text[start:end])
}

func wordRune(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return words.Clip(line)
}
