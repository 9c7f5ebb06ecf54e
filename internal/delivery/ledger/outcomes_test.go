package ledger

import (
	"math/rand/v2"
	"testing"

	crier "crier.dev/crier/api/v1alpha1"
)

func TestParseOutcomes(t *testing.T) {
	for _, c := range []struct {
		text string
		n    int
		want string // letters, "" for an error
	}{
		{"p3", 3, "ppp"},
		{"a2fdux", 6, "aafdux"},
		{"p", 1, "p"},
		{"p1a", 2, "pa"},
		{"U2D", 3, "UUD"},
		{"P", 1, ""},
		{"a2p2", 3, ""},
		{"p2:", 3, ""},
		{"p3", 2, ""},
		{"p3", 4, ""},
		{"p0a", 1, ""},
		{"q3", 3, ""},
		{"3p", 3, ""},
		{"p99999999999999999999", 3, ""},
		{"p2147483647", 3, ""},
		{"p-1", 1, ""},
		{"", 1, ""},
		{"", -1, ""},
	} {
		o, err := ParseOutcomes(c.text, c.n)
		if (err != nil) != (c.want == "") || string(o) != c.want && c.want != "" {
			t.Errorf("%q of %d: %q, %v; want %q", c.text, c.n, o, err, c.want)
		}
	}
	if o, err := ParseOutcomes("", 0); err != nil || len(o) != 0 {
		t.Errorf("nobody: %q, %v", o, err)
	}
}

func TestOutcomesRoundTrip(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for range 200 {
		o := NewOutcomes(random.IntN(300))
		for i := range o {
			if random.IntN(3) == 0 {
				o[i] = "pafduxs"[random.IntN(7)]
			}
		}
		back, err := ParseOutcomes(o.String(), len(o))
		if err != nil || string(back) != string(o) {
			t.Fatalf("%q became %q, %v", o, back, err)
		}
		s := o.Totals()
		if s.Pending+s.Accepted+s.Failed+s.Deferred+s.Unknown+s.Expired+s.Suppressed != s.Intended || s.Intended != int64(len(o)) {
			t.Fatalf("totals of %q don't add up: %+v", o, s)
		}
	}
}

func TestSum(t *testing.T) {
	got := Sum(Outcomes("paf").Totals(), Outcomes("duxas").Totals())
	want := crier.DeliveryTotals{Intended: 8, Pending: 1, Accepted: 2, Failed: 1, Deferred: 1, Unknown: 1, Expired: 1, Suppressed: 1}
	if got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestRanges(t *testing.T) {
	for _, c := range []struct {
		indexes []int
		want    string
	}{
		{nil, ""}, {[]int{5}, "5"}, {[]int{0, 1, 2}, "0-2"}, {[]int{9, 1, 2, 5}, "1-2,5,9"},
	} {
		if got := formatRanges(c.indexes); got != c.want {
			t.Errorf("%v: %q, want %q", c.indexes, got, c.want)
		}
		back, err := parseRanges(c.want, 10)
		if err != nil || len(back) != len(c.indexes) {
			t.Errorf("%q: %v, %v", c.want, back, err)
		}
	}
	for _, bad := range []string{"-", "1-", "3-1", "10", "2,1", "1,1", "a", "-1", "0-99999999999"} {
		if got, err := parseRanges(bad, 10); err == nil {
			t.Errorf("%q: %v, want an error", bad, got)
		}
	}
}

// The stored form counts what repeats, and nothing else.
func TestOutcomesAreStoredShort(t *testing.T) {
	for letters, want := range map[string]string{"": "", "p": "p", "pp": "p2", "paa": "pa2", "aUUx": "aU2x", "pppppppppppp": "p12"} {
		if got := Outcomes(letters).String(); got != want {
			t.Errorf("%s is stored as %s, want %s", letters, got, want)
		}
	}
}

func TestBadCountsAreQuoted(t *testing.T) {
	if _, err := ParseOutcomes("ap0", 3); err == nil || err.Error() != `outcomes: bad count "0" at 2` {
		t.Errorf("got %v", err)
	}
}
