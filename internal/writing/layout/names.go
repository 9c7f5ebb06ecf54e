package layout

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"crier.dev/crier/internal/words"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// maxKnown is how many names a message lists.
const maxKnown = 30

func (e *expander) known(s *static) string {
	var names []string
	if s != nil {
		for _, name := range sortedKeys(s.fields) {
			names = append(names, "."+name)
		}
	} else {
		names = append([]string{".Name", ".Email", ".Attributes.<name of an attribute>"}, e.fields.names()...)
	}
	if len(names) > maxKnown {
		names = append(names[:maxKnown:maxKnown], fmt.Sprintf("and %d more", len(names)-maxKnown))
	}
	return "Known fields: " + strings.Join(names, ", ") + "."
}

// didYouMean finds what was probably meant by names, which are not known.
func (e *expander) didYouMean(names []string) string {
	written := "." + strings.Join(names, ".")
	best, distance := "", 4
	for _, candidate := range append([]string{".Name", ".Email"}, e.fields.names()...) {
		d := words.Edits(written, candidate)
		// .headline is meant for .Values.headline.
		if last := candidate[strings.LastIndexByte(candidate, '.'):]; strings.EqualFold(last, written) {
			d = 0
		}
		if d < distance && d < len(candidate)-1 {
			best, distance = candidate, d
		}
	}
	if best == "" && len(names) == 1 && slices.Contains(e.attributes, names[0]) {
		best = ".Attributes." + names[0]
	}
	if best == "" {
		return ""
	}
	return " Did you mean " + best + "?"
}
