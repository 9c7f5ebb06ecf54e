package main

import (
	"regexp"
	"testing"
	"time"
)

// What the pattern lets through, Go reads, and writes again as a time that the
// pattern lets through.
func TestPattern(t *testing.T) {
	is := regexp.MustCompile(pattern)
	for _, c := range []struct {
		text string
		want bool
	}{
		{"2026-03-10T17:00:00Z", true},
		{"2026-03-10T17:00:00.123456789-05:00", true},
		{"1000-01-01T00:00:00Z", true},
		{"9998-12-31T23:59:59-23:59", true},
		{"9999-12-31T23:59:59Z", true},
		{"9999-12-31T23:59:59-05:00", false}, // the year 10000 in UTC
		{"0001-01-01T00:00:00Z", false},      // no time at all, in Go
		{"0000-01-01T00:00:00Z", false},
		{"10000-01-01T00:00:00Z", false},
		{"2026-03-10T17:00:00z", false},
		{"2026-03-10t17:00:00Z", false},
		{"2026-03-10 17:00:00Z", false},
		{"2026-03-10T17:00:00", false},
		{"2026-03-10T17:00:00,5Z", false},
		{"2026-03-10T17:00:00x5Z", false},
		{"2026-03-10T17:00:00+99:00", false},
		{"2026-03-10T17:00:00+24:00", false},
		{"2026-03-10T17:00:00Z later", false},
	} {
		if got := is.MatchString(c.text); got != c.want {
			t.Errorf("%s: %v", c.text, got)
		}
		if !c.want {
			continue
		}
		read, err := time.Parse(time.RFC3339, c.text)
		if again := read.UTC().Format(time.RFC3339); err != nil || !is.MatchString(again) {
			t.Errorf("%s is read as %s, %v", c.text, again, err)
		}
	}
}

func TestNarrow(t *testing.T) {
	const given = "  a:\n    format: date-time\n    type: string\n  b:\n    format: date-time\n    pattern: own\n    type: string\n  c:\n    format: int64\n    type: integer\n"
	const want = "  a:\n    format: date-time\n    pattern: '" + pattern + "'\n    type: string\n  b:\n    format: date-time\n    pattern: own\n    type: string\n  c:\n    format: int64\n    type: integer\n"
	once := narrow([]byte(given))
	if string(once) != want {
		t.Errorf("%s", once)
	}
	if again := narrow(once); string(again) != want {
		t.Errorf("again: %s", again)
	}
}
