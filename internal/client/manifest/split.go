package manifest

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf16"
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
		if strings.TrimSpace(body) != "" && !onlyDirectives(part) {
			documents = append(documents, document{text: []byte(body), lines: part, first: begin})
		}
		begin = end
	}
	for i, line := range lines {
		if rest, found := strings.CutPrefix(line, "\ufeff"); found { // of files that were put together
			line, lines[i] = rest, rest
		}
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

// onlyDirectives says whether lines hold nothing but directives such as
// %YAML 1.1, which stand before the marker of their document.
func onlyDirectives(lines []string) bool {
	found := false
	for _, line := range lines {
		switch {
		case strings.HasPrefix(line, "%"):
			found = true
		case strings.TrimSpace(line) != "" && !strings.HasPrefix(line, "#"):
			return false
		}
	}
	return found
}

// fromUTF16 is a text as UTF-8 that begins with the mark of UTF-16, as Windows
// writes it; any other as it is.
func fromUTF16(text []byte) []byte {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(text, []byte{0xff, 0xfe}):
		order = binary.LittleEndian
	case bytes.HasPrefix(text, []byte{0xfe, 0xff}):
		order = binary.BigEndian
	default:
		return text
	}
	units := make([]uint16, len(text)/2)
	for i := range units {
		units[i] = order.Uint16(text[2*i:])
	}
	return []byte(string(utf16.Decode(units)))
}

// isMarker says whether a line begins a document (YAML 1.2.2 section 9.1.2).
func isMarker(line string) bool {
	rest, found := strings.CutPrefix(line, "---")
	return found && (rest == "" || strings.ContainsAny(rest[:1], " \t\r"))
}
