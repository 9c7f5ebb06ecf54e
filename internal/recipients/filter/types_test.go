package filter

import (
	"slices"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		typ  Type
		good []string
		bad  []string
		want string
	}{
		{TypeString, []string{"", "x", ";"}, nil, ""},
		{
			TypeInteger,
			[]string{"", "0", "-3", "+3", "007", "9223372036854775807"},
			[]string{"x", "1.0", "1e3", " 1", "0x10", "1_000", "9223372036854775808", "12 "},
			"expected a whole number, such as 12",
		},
		{
			TypeNumber,
			[]string{"", "0", "-3.5", "1e3", ".5", "12"},
			[]string{"x", "0,5", "1e999", "inf", "NaN", "0x1p4", "1_0", "--1", "1.2.3"},
			"expected a number with a point, not a comma, such as 0.5",
		},
		{
			TypeBoolean,
			[]string{"", "true", "false", "TRUE", "False"},
			[]string{"yes", "1", "0", "t", "true "},
			"expected true or false",
		},
		{
			TypeDate,
			[]string{"", "2026-01-31", "2026-01-31T09:00:00Z", "2026-01-31T09:00:00.5-05:00", "0001-01-01"},
			[]string{"x", "2026-02-30", "31.01.2026", "2026-01-31T09:00:00", "2026-1-3", "0000-01-01", "9999-12-31T23:59:59-01:00", "1767225600"},
			"expected a date such as 2026-01-31 or 2026-01-31T09:00:00-05:00",
		},
		{
			TypeList,
			[]string{"", "a", "a;b", ";", strings.Repeat(";", MaxList-1)},
			[]string{strings.Repeat(";", MaxList)},
			"expected at most 512 texts separated by semicolons",
		},
	} {
		for _, v := range c.good {
			if err := c.typ.Check(v); err != nil {
				t.Errorf("%s %q: %v", c.typ, v, err)
			}
		}
		for _, v := range c.bad {
			if err := c.typ.Check(v); err == nil || err.Error() != c.want {
				t.Errorf("%s %q: %v, want %s", c.typ, v, err, c.want)
			}
		}
	}
}

func TestParseList(t *testing.T) {
	for stored, want := range map[string][]string{
		"": nil, ";": nil, "a": {"a"}, "a;b": {"a", "b"}, " a ; b;": {"a", "b"}, "a, b;c": {"a, b", "c"},
	} {
		if got := parseList(stored); !slices.Equal(got, want) {
			t.Errorf("%q: %q", stored, got)
		}
	}
	if got := len(parseList(strings.Repeat("a;", 600))); got != MaxList {
		t.Error(got)
	}
}
