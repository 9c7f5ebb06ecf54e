package declared

import (
	"maps"
	"regexp"
	"slices"

	"crier.dev/crier/internal/writing/content"
)

var attributeNames = regexp.MustCompile(`\.Attributes\.([A-Za-z_][A-Za-z0-9_]*)|\.Attributes "([^"]*)"`)

// Used are the names of attributes that templates mention, sorted.
func Used(sources ...content.Source) []string {
	names := map[string]bool{}
	for _, src := range sources {
		for _, part := range []string{src.Subject, src.Text, src.HTML} {
			for _, m := range attributeNames.FindAllStringSubmatch(part, -1) {
				names[m[1]+m[2]] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}
