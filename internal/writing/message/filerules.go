package message

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"crier.dev/crier/internal/invisible"
)

const (
	// MaxFiles is how many attachments a message may have.
	MaxFiles = 20

	maxFileName  = 150 // octets
	maxContentID = 60  // octets
)

// CheckAttachments says what is wrong with the files of a message, for their
// author: names, number, types, and the size of all together as they are sent,
// in octets. limit is what the message may have for them; 0 for no limit.
func CheckAttachments(all []Attachment, limit int64) error {
	if err := checkFiles(all); err != nil {
		return err
	}
	for i, a := range all {
		if _, err := mediaType(a); err != nil {
			return fmt.Errorf("attachment %d: %w", i+1, err)
		}
	}
	var sum int64
	for _, a := range all {
		sum += int64(encodedSize(len(a.Data)))
	}
	if limit > 0 && sum > limit {
		return fmt.Errorf("the attachments have %s encoded (%s); the message may have %s",
			mebibytes(sum), largest(all), mebibytes(limit))
	}
	return nil
}

// checkFiles is what holds for files of every message.
func checkFiles(all []Attachment) error {
	if len(all) > MaxFiles {
		return fmt.Errorf("there are %d attachments; a message may have %d", len(all), MaxFiles)
	}
	names, ids := map[string]bool{}, map[string]bool{}
	for i, a := range all {
		err := checkFile(a)
		name, id := strings.ToLower(a.Name), strings.ToLower(a.ContentID)
		switch {
		case err != nil:
			return fmt.Errorf("attachment %d: %w", i+1, err)
		case names[name]:
			return fmt.Errorf("attachment %d: there is another one of the name %s", i+1, a.Name)
		case id != "" && ids[id]:
			return fmt.Errorf("attachment %d: there is another one of the content ID %s", i+1, a.ContentID)
		}
		names[name], ids[id] = true, true
	}
	return nil
}

func checkFile(a Attachment) error {
	if a.Name == "" || len(a.Name) > maxFileName || controls(a.Name) || strings.ContainsAny(a.Name, "/\\\t") {
		return fmt.Errorf("name must have 1 to %d octets, no slash and no control character", maxFileName)
	}
	if strings.ContainsFunc(a.Name, invisible.Direction) {
		return errors.New("name has a character that changes the direction of writing, which can hide what kind of file it is")
	}
	if ending := fileEnding(a.Name); programs[ending] {
		return fmt.Errorf("%s: mail servers refuse a message with a program in it, and .%s is one: give people a link instead", a.Name, ending)
	}
	if !isContentID(a.ContentID) {
		return fmt.Errorf("content ID must have at most %d letters, digits, dots, hyphens and underscores", maxContentID)
	}
	return nil
}

// isContentID leaves out what would have to be quoted in the field, or encoded
// in a URL (RFC 2392).
func isContentID(s string) bool {
	for _, c := range []byte(s) {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (c < '0' || c > '9') && c != '.' && c != '-' && c != '_' {
			return false
		}
	}
	return len(s) <= maxContentID
}

// fileEnding is the extension in lower case. Dots and blanks at the end of a
// name are none for Windows.
func fileEnding(name string) string {
	ending := path.Ext(strings.TrimRight(name, ". "))
	return strings.ToLower(strings.TrimPrefix(ending, "."))
}

// largest names the files that take most, those that take more first.
func largest(all []Attachment) string {
	const most = 5
	sorted := slices.Clone(all)
	slices.SortStableFunc(sorted, func(a, b Attachment) int { return cmp.Compare(len(b.Data), len(a.Data)) })
	var parts []string
	for _, a := range sorted[:min(most, len(sorted))] {
		parts = append(parts, a.Name+" "+mebibytes(int64(encodedSize(len(a.Data)))))
	}
	if more := len(sorted) - most; more > 0 {
		parts = append(parts, fmt.Sprintf("%d more", more))
	}
	return strings.Join(parts, ", ")
}

func mebibytes(n int64) string {
	if n < 1<<20/10 {
		return fmt.Sprintf("%d KiB", (n+1<<10-1)>>10)
	}
	return strings.TrimSuffix(fmt.Sprintf("%.1f", float64(n)/(1<<20)), ".0") + " MiB"
}
