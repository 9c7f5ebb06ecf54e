package layout

import (
	"strings"
	"testing"
	"time"
)

// A table is as wide in every row as in its header: a few octets of Markdown
// must not become gigabytes of HTML.
func TestTablesAreBounded(t *testing.T) {
	table := func(columns, rows int) string {
		return "|" + strings.Repeat("a|", columns) + "\n|" + strings.Repeat("-|", columns) + "\n" + strings.Repeat("|b\n", rows)
	}
	for name, tc := range map[string]struct {
		markdown string
		refused  bool
	}{
		"usual":             {table(10, 500), false},
		"wide and long":     {table(1000, 10_000), true},
		"many":              {strings.Repeat(table(150, 150)+"\n", 100), true},
		"within a quote":    {"> " + strings.ReplaceAll(table(1000, 1000), "\n", "\n> "), true},
		"no-break spaces":   {strings.Repeat(strings.Repeat("*a_ ", 1000)+"\n\u00a0\n", 10), true},
		"bars in sentences": {strings.Repeat("this | that\n", 1000), false},
	} {
		_, err := Assemble(Input{Subject: "s", Body: Body{Markdown: tc.markdown}})
		if refused := err != nil && strings.Contains(err.Error(), "too many"); refused != tc.refused || !refused && err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A line with many conditions took minutes.
func TestManyConditionsOnALine(t *testing.T) {
	begin := time.Now()
	_, err := Assemble(Input{Subject: "s", Body: Body{Markdown: strings.Repeat("{{if .Name}}<b>a</b>{{end}} ", 1400)}})
	if took := time.Since(begin); err != nil || took > 20*time.Second {
		t.Errorf("it took %s: %v", took, err)
	}
}
