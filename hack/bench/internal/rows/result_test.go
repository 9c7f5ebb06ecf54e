package rows

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestMet(t *testing.T) {
	for _, c := range []struct {
		row  Row
		want bool
	}{
		{Row{Ratio: 1, Bar: Bar{AtLeast: 1}}, true},
		{Row{Ratio: 0.99, Bar: Bar{AtLeast: 1}}, false},
		{Row{Ratio: 4, Bar: Bar{AtMost: 4}}, true},
		{Row{Ratio: 4.1, Bar: Bar{AtMost: 4}}, false},
		{Row{Ratio: 1, Bar: Bar{AtMost: 4}, More: []Bound{{"MiB", 65, 64}}}, false},
		{Row{Ratio: 1, Bar: Bar{AtMost: 4}, More: []Bound{{"MiB", 64, 64}}}, true},
	} {
		if got := c.row.Met(); got != c.want {
			t.Errorf("%+v: %v", c.row, got)
		}
	}
}

func TestSaveMergePrint(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a", "results.json")
	older := &Results{Rows: []Row{{Name: "loopback", Ratio: 0.5, Bar: Bar{AtLeast: 1}}, {Name: "plan", Ratio: 3, Bar: Bar{AtMost: 4}}}}
	older.Stamp("v1", time.Unix(1, 0))
	if err := older.Save(file); err != nil {
		t.Fatal(err)
	}
	read, err := Load(file)
	if err != nil {
		t.Fatal(err)
	}
	now := &Results{Rows: []Row{{Name: "loopback", Ratio: 1.5, Bar: Bar{AtLeast: 1}}}}
	now.Stamp("v2", time.Unix(2, 0))
	now.Merge(read)
	var out, page strings.Builder
	if err := now.Print(&out); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "\nratio loopback 1.500\nratio plan 3.000\n") {
		t.Error(out.String())
	}
	now.Markdown(&page)
	if text := page.String(); !strings.Contains(text, "| `plan` |") || !strings.Contains(text, ", v1;") || strings.Contains(text, "| <=") {
		t.Error(text)
	}
}
