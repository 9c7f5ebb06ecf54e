package work

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"testing"
)

func TestPeopleAreDistinct(t *testing.T) {
	const n = 70_001
	seen := map[string]bool{}
	files, err := Files(n)
	if err != nil || len(files) != 3 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		if len(file) > 1<<20 {
			t.Errorf("a file of %d octets", len(file))
		}
		zip, err := gzip.NewReader(bytes.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(zip).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows[1:] {
			seen[row[0]] = true
		}
	}
	if len(seen) != n {
		t.Errorf("%d distinct addresses, not %d", len(seen), n)
	}
}

func TestMessageNeedsQuotedPrintable(t *testing.T) {
	for name, text := range map[string]string{"text": Text, "html": HTML, "markdown": Markdown} {
		ascii := true
		for _, r := range text {
			ascii = ascii && r < 0x80
		}
		if ascii {
			t.Errorf("the %s is plain ASCII", name)
		}
	}
}
