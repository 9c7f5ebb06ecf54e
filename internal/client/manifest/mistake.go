package manifest

import (
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode"
)

var errorLine = regexp.MustCompile(`\bline (\d+): `)

// Signs of what people write who don't know that YAML reads it otherwise.
var (
	unquoted = regexp.MustCompile(`^(\s*(?:- +)?["']?[\w./-]+["']?: +)(\{\{.*?)(\s*)$`)
	control  = regexp.MustCompile(`^\s*(\{\{|\{%).*$`)
	variable = regexp.MustCompile(`\$\{\w+\}`)
)

// cause finds what a mistake comes from that the parser says elsewhere, or in
// words that don't help: it looks whether another mistake, or none, is left
// without it. The line is 0 if it finds nothing.
func cause(lines []string, err error) (line int, message string) {
	const most = 20 // lines that are tried
	if tooLong(lines) {
		return 0, ""
	}
	tried := 0
	for i, text := range lines {
		if !unquoted.MatchString(text) || tried == most {
			continue
		}
		tried++
		mended := slices.Clone(lines)
		mended[i] = unquoted.ReplaceAllString(text, `${1}"x"`)
		if changes(mended, err) {
			return i + 1, "a text that begins with {{ needs quotation marks around it"
		}
	}
	mended, first := slices.Clone(lines), 0
	for i, text := range lines {
		if control.MatchString(text) {
			if mended[i] = ""; first == 0 {
				first = i + 1
			}
		}
	}
	if first > 0 && changes(mended, err) {
		return first, "a line that begins with {{ has to be indented as the text that it belongs to is; if this is a template of a Helm chart, check what comes out of it: helm template . | crier lint -"
	}
	for i, text := range lines {
		if variable.MatchString(text) && changes(strings.Split(variable.ReplaceAllString(strings.Join(lines, "\n"), "x"), "\n"), err) {
			return i + 1, "what stands in ${ } has to be filled in first, by envsubst for instance"
		}
	}
	return 0, ""
}

// place is the first line up to which a document has the mistake: the parser
// names the line in which the mapping or list begins that it is in.
func place(lines []string, err error) int {
	if tooLong(lines) {
		line, _ := lineOf(err.Error())
		return line
	}
	return 1 + sort.Search(len(lines)-1, func(i int) bool { return !changes(lines[:i+1], err) })
}

// lineOf is the line that a message of the parser names, 0 if there is none,
// and the message without it.
func lineOf(message string) (line int, rest string) {
	if m := errorLine.FindStringSubmatchIndex(message); m != nil {
		line, _ = strconv.Atoi(message[m[2]:m[3]])
		return line, message[m[1]:]
	}
	return 0, message
}

// tooLong says whether a document is too long to be parsed several times.
func tooLong(lines []string) bool {
	const most = 256 << 10 // octets
	sum := 0
	for _, line := range lines {
		sum += len(line) + 1
	}
	return sum > most
}

// changes says whether a document has another mistake than err, or none.
func changes(lines []string, err error) bool {
	_, _, other := decode([]byte(strings.Join(lines, "\n")))
	return other == nil || other.Error() != err.Error()
}

// plainError takes the line, 0 if there is none, out of an error of the
// parser, and says the frequent ones in other words. lines are those of the
// document.
func plainError(err error, lines []string) (line int, message string) {
	line, message = lineOf(err.Error())
	for _, prefix := range []string{"error converting YAML to JSON: ", "yaml: ", "unmarshal errors:\n  "} {
		message = strings.TrimPrefix(message, prefix)
	}
	message, _, _ = strings.Cut(message, "\n")
	if at, why := cause(lines, err); at > 0 {
		return at, why
	}
	if strings.Contains(message, "did not find expected") {
		line = place(lines, err)
	}
	return line, inWords(message, lines[min(max(line, 1), len(lines))-1])
}

// inWords says the frequent mistakes so that people know what to do. near is
// the line of it.
func inWords(message, near string) string {
	blank := near[:len(near)-len(strings.TrimLeftFunc(near, unicode.IsSpace))]
	switch {
	case strings.Contains(blank, "\t"):
		return "a tab can't indent a line: write blanks"
	case strings.Contains(message, "found character that cannot start any token"):
		return message + ": a text that begins with a sign like @, % or ` needs quotation marks"
	case strings.Contains(message, "mapping values are not allowed"):
		return message + `: a text with ": " in it needs quotation marks`
	case strings.Contains(message, "did not find expected key"):
		return message + ": the indentation isn't that of the lines above, or a text goes on after its quotation marks"
	}
	return message
}
