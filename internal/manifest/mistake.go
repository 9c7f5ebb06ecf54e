package manifest

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

var (
	errorLine = regexp.MustCompile(`\bline (\d+): `)
	setTwice  = regexp.MustCompile(`key "(.*)" already set in map`)
)

// plainError takes the line, 0 if there is none, out of an error of the
// parser, and says the frequent ones in other words.
func plainError(err error) (line int, message string) {
	message = err.Error()
	if m := errorLine.FindStringSubmatchIndex(message); m != nil {
		line, _ = strconv.Atoi(message[m[2]:m[3]])
		message = message[m[1]:]
	}
	for _, prefix := range []string{"error converting YAML to JSON: ", "yaml: ", "unmarshal errors:\n  "} {
		message = strings.TrimPrefix(message, prefix)
	}
	message, _, _ = strings.Cut(message, "\n")
	switch {
	case strings.Contains(message, "found character that cannot start any token"):
		message += ": a tab can't indent, and a text that begins with a sign like @ or ` needs quotation marks"
	case strings.Contains(message, "mapping values are not allowed"):
		message += `: a text with ": " in it needs quotation marks`
	case strings.Contains(message, "did not find expected key"):
		message += ": the indentation is not that of the lines above"
	}
	if m := setTwice.FindStringSubmatch(message); m != nil {
		message = fmt.Sprintf("the field %q is there twice", m[1])
	}
	return line, message
}
