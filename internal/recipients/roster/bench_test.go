package roster

import (
	"fmt"
	"strings"
	"testing"
)

func BenchmarkCSV(b *testing.B) {
	var file strings.Builder
	file.WriteString("email,name,agency\n")
	for i := range 10_000 {
		fmt.Fprintf(&file, "person%d@b.example,Person %d,DOR\n", i, i)
	}
	b.SetBytes(int64(file.Len()))
	for b.Loop() {
		c := NewCollector(Limits{})
		if err := c.AddCSV("f", strings.NewReader(file.String()), Mapping{}, CSVOptions{}); err != nil {
			b.Fatal(err)
		}
		if r, err := c.Result(); err != nil || r.Subscribers != 10_000 {
			b.Fatal(r, err)
		}
	}
}

// A file in which every line forgets a quote is the worst to recover from.
func BenchmarkForgottenQuotes(b *testing.B) {
	file := "email,name\n" + strings.Repeat("a@b.example,\""+strings.Repeat("x", 600)+"\n"+strings.Repeat("y", 600)+"\n", 1000)
	b.SetBytes(int64(len(file)))
	for b.Loop() {
		c := NewCollector(Limits{})
		if err := c.AddCSV("f", strings.NewReader(file), Mapping{}, CSVOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	subs := many(10_000)
	for b.Loop() {
		if _, _, err := Encode(subs, 700<<10); err != nil {
			b.Fatal(err)
		}
	}
}
