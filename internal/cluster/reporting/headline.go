package reporting

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"crier.dev/crier/internal/writing/message"
)

// maxHeadlines is how many subjects a report repeats of a message to several
// lists.
const maxHeadlines = 3

var action = regexp.MustCompile(`(\{\{.*?\}\})+`)

// headlines are what a report calls a message: the subject, or those of its
// lists where they differ, in the order of the lists.
func headlines(m message.Frozen, otherwise string) string {
	var found []string
	for _, source := range m.Sources() {
		if words := headline(source.Subject, otherwise); !slices.Contains(found, words) {
			found = append(found, words)
		}
	}
	if more := len(found) - maxHeadlines; more > 0 {
		found = append(found[:maxHeadlines], fmt.Sprintf("and %d more", more))
	}
	return strings.Join(found, " / ")
}

// headline is the words of one subject that everybody got. What differs
// between recipients becomes an ellipsis, or nothing at the ends, where it
// usually is a salutation.
func headline(subject, otherwise string) string {
	words := action.ReplaceAllString(subject, "…")
	words = strings.Trim(words, "… ,;:!-")
	if words == "" {
		return otherwise
	}
	return words
}
