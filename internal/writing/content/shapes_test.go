package content

import (
	"slices"
	"strings"
	"testing"
)

func TestShapes(t *testing.T) {
	for src, want := range map[string][]string{
		"a {{ .Name }}{{ \"<b>\" }}":        {"a ?&lt;b&gt;"},
		"{{ $x := .Name }}{{ $x }}":         {"?"},
		"{{ if .Name }}b{{ else }}c{{end}}": {"", "b", "c"},
		"a{{ with .Name }}{{ . }}{{ end }}": {"a", "a?", "a"},
		"{{ if .Name }}a{{ if .Email }}b{{ else }}c{{ end }}{{ end }}d{{ if .Name }}e{{ end }}": {
			"d", "abde", "acd", "de", "acde", "abd",
		},
	} {
		got, ok := Shapes(PartHTML, src, "?")
		sorted := func(s []string) []string { s = slices.Clone(s); slices.Sort(s); return slices.Compact(s) }
		if !ok || got[0] != want[0] || !slices.Equal(sorted(got), sorted(want)) {
			t.Errorf("%s: %q, %t; want %q", src, got, ok, want)
		}
	}
	if got, _ := Shapes(PartText, `{{ "<b>" }}`, "?"); got[0] != "<b>" {
		t.Errorf("text is escaped: %q", got)
	}
	for _, src := range []string{"{{ if", strings.Repeat("x", 100_000) + strings.Repeat("{{ if .Name }}x{{ end }}", 100)} {
		if got, ok := Shapes(PartHTML, src, "?"); ok {
			t.Errorf("%d octets have %d shapes", len(src), len(got))
		}
	}
}
