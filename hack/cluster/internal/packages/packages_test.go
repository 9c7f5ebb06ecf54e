package packages

import (
	"slices"
	"testing"
)

func TestMissing(t *testing.T) {
	if got := missing(func(string) bool { return true }); got != nil {
		t.Errorf("with everything there, %v is missing", got)
	}
	got := missing(func(path string) bool { return path != "/usr/sbin/conntrack" })
	if !slices.Equal(got, []string{"conntrack"}) {
		t.Errorf("without conntrack, %v is missing", got)
	}
	if got := missing(func(string) bool { return false }); len(got) != len(needed) || !slices.IsSorted(got) {
		t.Errorf("on an empty machine, %v is missing", got)
	}
}

func TestAdded(t *testing.T) {
	before := parse("installed libc6\nconfig-files runc\n")
	after := parse("installed libc6\ninstalled runc\ninstalled libnftnl11\n")
	if got := added(before, after); !slices.Equal(got, []string{"libnftnl11", "runc"}) {
		t.Errorf("added gave %v", got)
	}
}
