package filter

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"crier.dev/crier/internal/words"
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
		list = append(list, fmt.Sprintf("%s (%s)", words.Clip(name), s[name]))
	}
	return "Attributes that exist: " + strings.Join(list, ", ")
}

// nearest is the one of the names that was probably meant, or "". The names
// are looked at in alphabetical order, so that the answer is always the same.
func nearest(name string, names []string) string {
	best, distance := "", 3
	for _, candidate := range slices.Sorted(slices.Values(names)) {
		d := words.Edits(name, candidate)
		if d < distance && 2*d < len(candidate) {
			best, distance = candidate, d
		}
	}
	return best
}
