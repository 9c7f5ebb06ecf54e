package manifest

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var errorLine = regexp.MustCompile(`\bline (\d+): `)

// Signs of what people write who don't know that YAML reads it otherwise.
var (
	unquoted = regexp.MustCompile(`^(\s*(?:- +)?["']?[\w./-]+["']?: +)(\{\{.*?)(\s*)$`)
	control  = regexp.MustCompile(`^\s*(\{\{|\{%).*$`)
)

// cause finds what a mistake comes from that the parser says elsewhere, or in
// words that don't help: it looks whether another mistake, or none, is left
// without it. The line is 0 if it finds nothing.
func cause(lines []string, err error) (line int, message string) {
	const most = 20 // lines that are tried
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
	return 0, ""
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
	message = err.Error()
	if m := errorLine.FindStringSubmatchIndex(message); m != nil {
		line, _ = strconv.Atoi(message[m[2]:m[3]])
		message = message[m[1]:]
	}
	for _, prefix := range []string{"error converting YAML to JSON: ", "yaml: ", "unmarshal errors:\n  "} {
		message = strings.TrimPrefix(message, prefix)
	}
	message, _, _ = strings.Cut(message, "\n")
	if at, why := cause(lines, err); at > 0 {
		return at, why
	}
	switch {
	case strings.Contains(message, "found character that cannot start any token"):
		message += ": a tab can't indent, and a text that begins with a sign like @ or ` needs quotation marks"
	case strings.Contains(message, "mapping values are not allowed"):
		message += `: a text with ": " in it needs quotation marks`
	case strings.Contains(message, "did not find expected key"):
		message += ": the indentation is not that of the lines above"
	}
	return line, message
}
