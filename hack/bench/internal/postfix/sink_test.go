package postfix

import "testing"

func TestParseCounters(t *testing.T) {
	for _, c := range []struct {
		text string
		want int64
		ok   bool
	}{
		{"", 0, false},
		{"sess=0 quit=0 mesg=1", 0, false},
		{"sess=0 quit=0 mesg=1\r", 1, true},
		{"\rsess=1 quit=1 mesg=41\rsess=1 quit=1 mesg=42\r", 42, true},
		{"mesg=41\rsess=1 quit=1 mesg=4", 41, true},
	} {
		got, err := parseCounters([]byte(c.text))
		if got != c.want || (err == nil) != c.ok {
			t.Errorf("%q: %d, %v", c.text, got, err)
		}
	}
}
