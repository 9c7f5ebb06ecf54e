package words

import (
	"strings"
	"testing"
)

func TestEdits(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"name", "name", 0}, {"Name", "nAME", 0}, {"naem", "name", 2}, {"agancy", "agency", 1},
		{"", "abc", 3}, {"abc", "", 3}, {"kitten", "sitting", 3}, {strings.Repeat("a", 65), "a", Far},
	} {
		if got := Edits(c.a, c.b); got != c.want {
			t.Errorf("%q and %q: %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
