package listid

import (
	"strings"
	"testing"

	"crier.dev/crier/internal/recipients/address"
)

func TestOf(t *testing.T) {
	for addr, want := range map[string]string{
		"all-employees@lists.example.gov":        "all-employees.lists.example.gov",
		"All.Employees@Lists.Example.GOV":        "all.employees.lists.example.gov",
		"staff+news@example.gov":                 "staff-news.example.gov",
		"-staff-@example.gov":                    "staff.example.gov",
		"büro@bücher.example":                    "b-ro.xn--bcher-kva.example",
		"_@example.gov":                          "list.example.gov",
		`"a b"@example.gov`:                      "a-b.example.gov",
		strings.Repeat("a", 64) + "@example.gov": strings.Repeat("a", 63) + ".example.gov",
		strings.Repeat("a", 62) + "__@e.example": strings.Repeat("a", 62) + ".e.example",
	} {
		got, err := Of(addr)
		if err != nil {
			t.Errorf("%s: %v", addr, err)
			continue
		}
		if got != want {
			t.Errorf("%s: %s, want %s", addr, got, want)
		}
		if _, err := address.Parse("x@" + got); err != nil {
			t.Errorf("%s: %s can't stand in a header: %v", addr, got, err)
		}
	}
	if _, err := Of("nobody"); err == nil {
		t.Error("no address, and yet a List-Id")
	}
}
