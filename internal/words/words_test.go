package words

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestNumber(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0", 1: "1", 999: "999", 1000: "1,000", 44986: "44,986", 1000000: "1,000,000",
		-1: "-1", -999: "-999", -1000: "-1,000", -123456: "-123,456",
		9223372036854775807: "9,223,372,036,854,775,807", -9223372036854775808: "-9,223,372,036,854,775,808",
	} {
		if got := Number(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}

func TestCount(t *testing.T) {
	for _, c := range []struct {
		n    int
		noun string
		want string
	}{
		{1, "recipient", "1 recipient"}, {0, "recipient", "0 recipients"}, {5000, "recipient", "5,000 recipients"},
		{2, "rejected row", "2 rejected rows"}, {2, "address", "2 addresses"}, {2, "entry", "2 entries"},
		{2, "day", "2 days"}, {2, "copy", "2 copies"}, {2, "person", "2 people"}, {1, "person", "1 person"},
		{3, "box", "3 boxes"}, {3, "match", "3 matches"}, {2, "SubscriberSet", "2 SubscriberSets"},
	} {
		if got := Count(c.n, c.noun); got != c.want {
			t.Errorf("%d %s: %q, want %q", c.n, c.noun, got, c.want)
		}
	}
}

func TestVerb(t *testing.T) {
	for one, several := range map[string]string{"is": "are", "has": "have", "was": "were", "does": "do", "gets": "get", "waits": "wait"} {
		if got := Verb(1, one); got != one {
			t.Errorf("1: %q, want %q", got, one)
		}
		for _, n := range []int{0, 2, 1000} {
			if got := Verb(n, one); got != several {
				t.Errorf("%d of %q: %q, want %q", n, one, got, several)
			}
		}
	}
}

func TestList(t *testing.T) {
	many := strings.Split("a b c d e f g h i j k l m", " ")
	for n, want := range map[int]string{
		0: "", 1: "a", 2: "a and b", 3: "a, b and c", 10: "a, b, c, d, e, f, g, h, i and j",
		11: "a, b, c, d, e, f, g, h, i, j and 1 more", 13: "a, b, c, d, e, f, g, h, i, j and 3 more",
	} {
		if got := List(many[:n]); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
	if got := ListUpTo(3, many[:5]); got != "a, b, c and 2 more" {
		t.Errorf("up to 3: %q", got)
	}
}

func TestNamed(t *testing.T) {
	for want, names := range map[string][]string{"SubscriberSet a": {"a"}, "SubscriberSets a and b": {"a", "b"}} {
		if got := Named("SubscriberSet", names); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestClipCountsCharacters(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""}, {strings.Repeat("é", 60), strings.Repeat("é", 60)}, {strings.Repeat("é", 61), strings.Repeat("é", 60) + "…"},
		{strings.Repeat("a", 100), strings.Repeat("a", 60) + "…"},
	} {
		if got := Clip(c.in); got != c.want {
			t.Errorf("%q: %q, want %q", c.in, got, c.want)
		}
	}
}

func TestShortenCutsNoCharacter(t *testing.T) {
	for length := range 40 {
		text := strings.Repeat("a", length%3) + strings.Repeat("✉", length)
		for octets := 4; octets < 140; octets++ {
			got := Shorten(text, octets)
			switch {
			case len(got) > octets:
				t.Fatalf("%d octets: %d", octets, len(got))
			case len(text) <= octets && got != text:
				t.Fatalf("%q fits into %d and became %q", text, octets, got)
			case len(text) > octets && !strings.HasSuffix(got, " ..."):
				t.Fatalf("%q doesn't say that it was cut", got)
			case !utf8.ValidString(got) || !strings.HasPrefix(text, strings.TrimSuffix(got, " ...")):
				t.Fatalf("%q is no beginning of %q", got, text)
			case len(text) > octets && octets-len(got) > 2:
				t.Fatalf("%d octets for %d", len(got), octets)
			}
		}
	}
}

func TestFirst(t *testing.T) {
	for _, c := range []struct {
		in   string
		n    int
		want string
	}{{"héllo", 2, "hé"}, {"héllo", 5, "héllo"}, {"héllo", 9, "héllo"}, {"héllo", 0, ""}, {"", 3, ""}} {
		if got := First(c.in, c.n); got != c.want {
			t.Errorf("%q, %d: %q, want %q", c.in, c.n, got, c.want)
		}
	}
}

func TestCapital(t *testing.T) {
	for in, want := range map[string]string{"": "", "a": "A", "éa": "Éa", "Ab": "Ab", "1a": "1a", "\xffa": "\xffa", "ßa": "ßa"} {
		if got := Capital(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
