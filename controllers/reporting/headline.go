package reporting

import (
	"regexp"
	"strings"
)

var action = regexp.MustCompile(`(\{\{.*?\}\})+`)

// headline is what a report calls the message whose subject is that template:
// the words that everybody got. What differs between recipients becomes an
// ellipsis, or nothing at the ends, where it usually is a salutation.
func headline(subject, otherwise string) string {
	words := action.ReplaceAllString(subject, "…")
	words = strings.Trim(words, "… ,;:!-")
	if words == "" {
		return otherwise
	}
	return words
}
