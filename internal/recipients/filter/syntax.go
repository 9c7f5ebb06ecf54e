package filter

import (
	"slices"
	"strings"
	"unicode"

	"github.com/google/cel-go/cel"

	"crier.dev/crier/internal/words"
)

// syntaxError says what is wrong with the writing. CEL's own words are about
// tokens; what people write by habit is told apart here.
func syntaxError(expression string, issues *cel.Issues) *Error {
	s := newSource(expression, nil)
	first := issues.Errors()[0]
	line, column := max(first.Location.Line(), 1), max(first.Location.Column()+1, 1)
	e := &Error{Line: line, Column: column, Message: s.slip(line, column)}
	if e.Message == "" {
		e.Message = plainSyntax(s, line, column, first.Message)
	}
	return e
}

// slip finds a habit from another language at a place, or "".
func (s source) slip(line, column int) string {
	before := s.before(line, column)
	switch r := s.at(line, column); {
	case r == '=' && (before == '=' || before == '!'):
		return "write == or != with two characters, not three"
	case r == '=' && (before == '<' || before == '>'):
		return "write <= or >= without a blank"
	case r == '=':
		return "= doesn't compare; write =="
	case r == '>' && before == '<':
		return "<> doesn't compare; write !="
	case r == '&':
		return "a single & means nothing; write && for and"
	case r == '|':
		return "a single | means nothing; write || for or"
	case r != 0 && strings.ContainsRune("“”„‟«»‘’‚‛", r):
		return "a typographic quotation mark; write straight ones: \""
	case r == '"' || r == '\'':
		return s.quotation(line, column)
	case r == ';':
		return "a filter is one condition, without a semicolon; write && or || between two"
	}
	return s.wordSlip(line, column)
}

// quotation is about a text that begins at a place and can't be read.
func (s source) quotation(line, column int) string {
	switch text := s.lines[line-1][column-1:]; {
	case s.open(line, column):
		return "this quotation mark is never closed on its line"
	case slices.Contains(text, '\\'):
		return `a backslash in a text is written twice: \\`
	}
	return ""
}

// wordSlip finds words of other languages.
func (s source) wordSlip(line, column int) string {
	switch strings.ToLower(s.word(line, column)) {
	case "and":
		return "write && for and"
	case "or":
		return "write || for or"
	case "like":
		return `write subscriber.name.contains("x"), startsWith or endsWith instead of like`
	case "is":
		return "write == instead of is"
	case "not":
		return `write ! for not, as in !("parks" in subscriber.attributes.topics)`
	}
	if strings.EqualFold(s.wordBefore(line, column), "not") {
		return "write ! for not, as in !subscriber.attributes.retired"
	}
	return ""
}

// open says whether the text that begins at a place ends on its line.
func (s source) open(line, column int) bool {
	quote := s.at(line, column)
	for column++; column <= len(s.lines[line-1]); column++ {
		switch s.at(line, column) {
		case '\\':
			column++
		case quote:
			return false
		}
	}
	return true
}

// before is the last character before a place that is no blank, on its line.
func (s source) before(line, column int) rune {
	for column--; column > 0; column-- {
		if r := s.at(line, column); !unicode.IsSpace(r) {
			return r
		}
	}
	return 0
}

// wordBefore is the word that ends before a place, on its line.
func (s source) wordBefore(line, column int) string {
	column--
	for column > 0 && unicode.IsSpace(s.at(line, column)) {
		column--
	}
	for column > 0 && wordRune(s.at(line, column)) {
		column--
	}
	return s.word(line, column+1)
}

// plainSyntax puts the parser's message in fewer words.
func plainSyntax(s source, line, column int, message string) string {
	message = strings.TrimPrefix(message, "Syntax error: ")
	switch {
	case strings.Contains(message, "'<EOF>'"):
		if strings.Contains(message, "missing ')'") || strings.Contains(message, "')'") {
			return "the filter ends too early: a bracket is not closed"
		}
		return "the filter ends too early; something is missing at its end"
	case strings.HasPrefix(message, "reserved identifier: "):
		return strings.TrimPrefix(message, "reserved identifier: ") + " is a reserved word; write a text in quotation marks"
	case strings.HasPrefix(message, "no viable alternative at input '."):
		w := strings.Trim(strings.TrimPrefix(message, "no viable alternative at input '."), "' ")
		return words.Clip(w) + " is a word of the language; write it in backticks: `" + words.Clip(w) + "`"
	case strings.Contains(message, "expecting IDENTIFIER") && s.word(line, column) != "":
		w := words.Clip(s.word(line, column))
		return w + " is a word of the language; write it in backticks: `" + w + "`"
	case strings.Contains(message, "',' expecting ')'"):
		return `a list is written in square brackets: in ["a", "b"]`
	case strings.Contains(message, "invalid int literal"):
		return "a whole number has at most 64 bits"
	case strings.Contains(message, "invalid argument to has() macro"):
		return "has() asks for one attribute: has(subscriber.attributes.agency)"
	case strings.Contains(message, "recursion"), strings.Contains(message, "node count"), strings.Contains(message, "nesting"):
		return "the filter is nested too deeply. Remove brackets, or split it"
	case strings.HasPrefix(message, "token recognition error"), strings.Contains(message, " expecting "):
		if w := s.word(line, column); w != "" {
			return words.Clip(w) + " isn't expected here; write && or || between two conditions, and a text in quotation marks"
		}
		if r := s.at(line, column); unicode.IsPrint(r) {
			return string(r) + " isn't expected here"
		}
		return "this character isn't expected here"
	}
	return words.Clip(message)
}
