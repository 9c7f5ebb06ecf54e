package main

import (
	"reflect"
	"strings"
	"testing"
)

const documented = `# An introduction that documents nothing.

# -- First, on
# two lines.
first: a
second:
  # -- A list.
  inner:
  - name: x
    value: z
  # Not a description.
  # -- A map.
  whole:
    a: 1
    b: {}
# -- Last.
third: []
`

func TestValueRows(t *testing.T) {
	got, err := valueRows([]byte(documented))
	if err != nil {
		t.Fatal(err)
	}
	want := []valueRow{
		{"first", `"a"`, "First, on two lines."},
		{"second.inner", `[{"name":"x","value":"z"}]`, "A list."},
		{"second.whole", `{"a":1,"b":{}}`, "A map."},
		{"third", `[]`, "Last."},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestValueRowsNeedComments(t *testing.T) {
	for _, text := range []string{
		"a: 1\n",
		"# A remark.\na: 1\n",
		"# -- Of a.\n\na: 1\n",
		"# -- Of a.\na: 1\nb:\n  c: 2\n",
		"a: [\n",
	} {
		if rows, err := valueRows([]byte(text)); err == nil {
			t.Errorf("%q gave %+v and no error", text, rows)
		}
	}
}

func TestWriteTable(t *testing.T) {
	rows := []valueRow{{"a.b", "[]", "One | two."}}
	readme := "before\n" + tableStart + "old\n" + tableEnd + "after\n"
	once, err := writeTable([]byte(readme), rows)
	if err != nil {
		t.Fatal(err)
	}
	if text := string(once); !strings.Contains(text, "| `a.b` | `[]` | One \\| two. |\n") || strings.Contains(text, "old") ||
		!strings.HasPrefix(text, "before\n") || !strings.HasSuffix(text, "after\n") {
		t.Errorf("got %s", text)
	}
	twice, err := writeTable(once, rows)
	if err != nil || string(twice) != string(once) {
		t.Errorf("written again: %s, error %v", twice, err)
	}
	if _, err := writeTable([]byte("no place"), rows); err == nil {
		t.Error("no error without a place")
	}
}
