package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strconv"
	"strings"
)

// A passage is a piece of prose for people, and where it begins.
type passage struct {
	line int
	text string
	code bool // a string literal of Go
}

var (
	inlineCode = regexp.MustCompile("`[^`\n]*`")
	linkTarget = regexp.MustCompile(`\]\([^)\s]*\)`)
	markup     = regexp.MustCompile(`<!--.*?-->`)
)

// markdown gives the prose of a page: no fenced or indented code, no inline
// code, no targets of links. Lines keep their length, so that a place in a
// passage is a place in the page.
func markdown(page string) []passage {
	var passages []passage
	fenced, start := false, 1
	var lines []string
	flush := func(next int) {
		if len(lines) > 0 {
			passages = append(passages, passage{line: start, text: strings.Join(lines, "\n")})
		}
		lines, start = nil, next
	}
	for i, line := range strings.Split(page, "\n") {
		fence := strings.HasPrefix(strings.TrimSpace(line), "```")
		if fence {
			fenced = !fenced
		}
		switch {
		case fence || fenced || strings.HasPrefix(line, "    ") || strings.TrimSpace(line) == "":
			flush(i + 2)
		case strings.HasPrefix(line, "#"), strings.HasPrefix(line, "|"), strings.HasPrefix(line, "- "):
			// A heading, a row and an item begin anew.
			flush(i + 1)
			lines = append(lines, prose(line))
		default:
			lines = append(lines, prose(line))
		}
	}
	flush(0)
	return passages
}

// prose blanks out what isn't prose in a line.
func prose(line string) string {
	for _, p := range []*regexp.Regexp{inlineCode, linkTarget, markup} {
		line = p.ReplaceAllStringFunc(line, func(s string) string { return strings.Repeat("\x00", len(s)) })
	}
	return line
}

// comments gives the comments of a values file or of notes: every line, or
// only those behind a #.
func comments(file string, all bool) []passage {
	var passages []passage
	for i, line := range strings.Split(file, "\n") {
		text, comment := strings.CutPrefix(strings.TrimSpace(line), "#")
		if all || comment {
			passages = append(passages, passage{line: i + 1, text: text})
		}
	}
	return passages
}

// literals gives the string literals of a Go file that people may read, those
// with a blank in them, and its doc comments if docs.
func literals(name string, src []byte, docs bool) ([]passage, error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, src, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	var passages []passage
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.Field:
			n.Tag = nil
		case *ast.BasicLit:
			if n.Kind != token.STRING {
				break
			}
			text, err := strconv.Unquote(n.Value)
			if err == nil && strings.Contains(text, " ") {
				passages = append(passages, passage{line: set.Position(n.Pos()).Line, text: prose(text), code: true})
			}
		}
		return true
	})
	if docs {
		for _, group := range file.Comments {
			passages = append(passages, passage{line: set.Position(group.Pos()).Line, text: prose(group.Text())})
		}
	}
	return passages, nil
}
