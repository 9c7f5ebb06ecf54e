package manifest

import (
	"strings"
)

// document is a part of a file between lines that begin with ---.
type document struct {
	text  []byte
	lines []string
	first int // lines of the file before it
}

// column is that of the first character of a line, from 1. The line counts
// from 1 within the document.
func (d document) column(line int) int {
	if line < 1 || line > len(d.lines) {
		return 1
	}
	return 1 + indent(d.lines[line-1])
}

func indent(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

// split cuts a file at its document markers, as kubectl does. What follows
// a marker on its line belongs to the next document.
func split(text []byte) []document {
	lines := strings.Split(strings.TrimPrefix(string(text), "\ufeff"), "\n")
	var documents []document
	begin := 0
	flush := func(end int) {
		part := lines[begin:end]
		body := strings.Join(part, "\n")
		if strings.TrimSpace(body) != "" {
			documents = append(documents, document{text: []byte(body), lines: part, first: begin})
		}
		begin = end
	}
	for i, line := range lines {
		if i == 0 || !isMarker(line) {
			continue
		}
		flush(i)
		lines[i] = "   " + line[len("---"):]
		if strings.TrimSpace(lines[i]) == "" {
			lines[i] = ""
		}
	}
	flush(len(lines))
	return documents
}

// isMarker says whether a line begins a document (YAML 1.2.2 section 9.1.2).
func isMarker(line string) bool {
	rest, found := strings.CutPrefix(line, "---")
	return found && (rest == "" || strings.ContainsAny(rest[:1], " \t\r"))
}
