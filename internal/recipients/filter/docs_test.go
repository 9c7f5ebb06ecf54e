package filter

import (
	"maps"
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestDocumentedFilters compiles what the documentation shows, one filter a
// line.
func TestDocumentedFilters(t *testing.T) {
	doc, err := os.ReadFile("../../../docs/targeting.md")
	if err != nil {
		t.Fatal(err)
	}
	s := maps.Clone(schema)
	s["site"], s["title"] = TypeString, TypeString
	n := 0
	for _, block := range regexp.MustCompile("(?s)```cel\n(.*?)```").FindAllStringSubmatch(string(doc), -1) {
		for line := range strings.Lines(block[1]) {
			n++
			f, err := Compile(strings.TrimSpace(line), s)
			if err != nil {
				t.Errorf("%s: %v", line, err)
				continue
			}
			f.Select(ada)
		}
	}
	if n < 25 {
		t.Errorf("only %d filters were found", n)
	}
}
