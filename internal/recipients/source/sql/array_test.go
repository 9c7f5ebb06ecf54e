package sql

import (
	"slices"
	"strings"
	"testing"
)

func TestElementsOf(t *testing.T) {
	for text, want := range map[string][]string{
		"{}": nil, "{a}": {"a"}, "{a,b c,1.5}": {"a", "b c", "1.5"}, `{"a,b","c\"d\\e",""}`: {"a,b", `c"d\e`},
		"{NULL,a,null}": {"a"}, `{"NULL"}`: {"NULL"}, "{{a,b},{c,d}}": {"a", "b", "c", "d"}, "[0:1]={a,b}": {"a", "b"},
		"[1:1][-2:-1]={{a,b}}": {"a", "b"},
	} {
		if got, ok := elementsOf(text); !ok || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %t", text, got, ok)
		}
	}
	for _, text := range []string{"", "a", "{", "{a", "{a,", "{a}b", "{,a}", `{"a}`, `{"a\`, `{a"b}`, "1 2 3", "[0:1]", "{{{{{{{a}}}}}}}", "{{a}b}"} {
		if got, ok := elementsOf(text); ok {
			t.Errorf("%s is taken for an array: %q", text, got)
		}
	}
}

// What was written as an array comes back.
func FuzzElementsOf(f *testing.F) {
	f.Add("a", "b", "{a,b}")
	f.Add(`"\`, "{NULL}", `{"\"`)
	f.Fuzz(func(t *testing.T, a, b, raw string) {
		_, _ = elementsOf(raw) // it doesn't panic
		quote := strings.NewReplacer(`\`, `\\`, `"`, `\"`)
		got, ok := elementsOf(`{"` + quote.Replace(a) + `",{"` + quote.Replace(b) + `"}}`)
		want := slices.DeleteFunc([]string{a, b}, func(s string) bool { return strings.TrimSpace(s) == "" })
		if !ok || !slices.Equal(got, want) {
			t.Errorf("%q, %q: %q, %t", a, b, got, ok)
		}
	})
}
