package filter

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Schema are the attributes that exist, by name. nil means that they aren't
// known, as where files are checked without a cluster: then any attribute is
// accepted, compared with anything, and read as a String.
type Schema map[string]Type

func (s Schema) typeOf(name string) (Type, bool) {
	if s == nil {
		return typeUnknown, true
	}
	t, ok := s[name]
	return t, ok
}

// maxKnown is how many attributes a message lists.
const maxKnown = 20

// known lists the attributes that exist.
func (s Schema) known() string {
	if len(s) == 0 {
		return "No attributes exist"
	}
	var list []string
	for _, name := range slices.Sorted(maps.Keys(s)) {
		if len(list) == maxKnown {
			list = append(list, fmt.Sprintf("and %d more", len(s)-maxKnown))
			break
		}
		list = append(list, fmt.Sprintf("%s (%s)", clip(name), s[name]))
	}
	return "Attributes that exist: " + strings.Join(list, ", ")
}

// nearest is the one of the names that was probably meant, or "". The names
// are looked at in alphabetical order, so that the answer is always the same.
func nearest(name string, names []string) string {
	best, distance := "", 3
	for _, candidate := range slices.Sorted(slices.Values(names)) {
		d := edits(strings.ToLower(name), strings.ToLower(candidate))
		if d < distance && 2*d < len(candidate) {
			best, distance = candidate, d
		}
	}
	return best
}

// maxEdits bounds the work of comparing two names.
const maxEdits = 64

// edits is the Levenshtein distance.
func edits(a, b string) int {
	if len(a) > maxEdits || len(b) > maxEdits {
		return maxEdits
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}

// clip keeps a message short.
func clip(s string) string {
	const most = 60
	runes := []rune(s)
	if len(runes) <= most {
		return s
	}
	return string(runes[:most]) + "…"
}
