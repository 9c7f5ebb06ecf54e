package roster

import (
	"fmt"
	"slices"
	"strings"

	"crier.dev/crier/internal/words"
)

// Alike says of names of attributes which of them differ in letter case only,
// in full sentences; "" if none do. To filters and templates they are two
// attributes, of which each person has one.
func Alike(names []string) string {
	spellings := map[string][]string{}
	var keys []string
	for _, name := range names {
		key := strings.ToLower(name)
		if len(spellings[key]) == 0 {
			keys = append(keys, key)
		}
		if !slices.Contains(spellings[key], name) {
			spellings[key] = append(spellings[key], name)
		}
	}
	slices.Sort(keys)
	var out []string
	for _, key := range keys {
		if all := spellings[key]; len(all) > 1 {
			slices.Sort(all)
			out = append(out, fmt.Sprintf("Attributes %s differ only in letter case, but are different in filters and templates: write the column, or the mapping, the same everywhere.",
				words.List(all)))
		}
	}
	const most = 3
	return strings.Join(out[:min(len(out), most)], " ")
}
