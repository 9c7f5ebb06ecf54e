package address

import (
	"errors"
	"strings"
	"testing"
	"unicode"
)

func TestParse(t *testing.T) {
	for _, tc := range []struct {
		in, spelled, key string
		utf8             bool
	}{
		{"Jo.Doe+x@Example.COM", "Jo.Doe+x@example.com", "jo.doe+x@example.com", false},
		{"  a@b.example\t", "a@b.example", "a@b.example", false},
		{"a@bücher.example", "a@xn--bcher-kva.example", "a@xn--bcher-kva.example", false},
		{"a@BÜCHER.example", "a@xn--bcher-kva.example", "a@xn--bcher-kva.example", false},
		{"a@XN--BCHER-KVA.example", "a@xn--bcher-kva.example", "a@xn--bcher-kva.example", false},
		{"J\u00d6@b.example", "J\u00d6@b.example", "j\u00f6@b.example", true},
		{"Jo\u0308@b.example", "Jo\u0308@b.example", "j\u00f6@b.example", true},
		{`"John Doe"@b.example`, `"John Doe"@b.example`, `"john doe"@b.example`, false},
		{`"John"@b.example`, `"John"@b.example`, "john@b.example", false},
		{`"a@b"@b.example`, `"a@b"@b.example`, `"a@b"@b.example`, false},
		{"a@r3---x.example", "a@r3---x.example", "a@r3---x.example", false},
		{"o'hara/x=y@b.example", "o'hara/x=y@b.example", "o'hara/x=y@b.example", false},
		{strings.Repeat("a", 64) + "@b.example", strings.Repeat("a", 64) + "@b.example", strings.Repeat("a", 64) + "@b.example", false},
	} {
		got, err := Parse(tc.in)
		if err != nil {
			t.Errorf("Parse(%q): %v", tc.in, err)
			continue
		}
		if want := (Address{tc.spelled, tc.key, tc.utf8}); got != want {
			t.Errorf("Parse(%q) = %+v, want %+v", tc.in, got, want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	long := strings.Repeat("abcdefghi.", 26)
	for in, want := range map[string]string{
		"":                                     "empty",
		"  ":                                   "empty",
		"nobody":                               "no @",
		"@b.example":                           "nothing before the @",
		"a@":                                   "nothing after the @",
		"a@localhost":                          "domain has no dot",
		strings.Repeat("a", 65) + "@b.example": "local part longer than 64 octets",
		"a@" + long + "example":                "domain longer than 255 octets",
		strings.Repeat("a", 64) + "@" + long[:190] + "e": "longer than 254 octets",
		"a@b..example":                         "empty part",
		"a@.b.example":                         "empty part",
		"a@b.example.":                         "ends with a dot",
		"a@-b.example":                         "not a valid host name",
		"a@b!.example":                         "not a valid host name",
		"a@b_c.example":                        "underscore",
		"a@[192.0.2.1]":                        "IP address",
		"a@192.0.2.1":                          "IP address",
		"a@b.123":                              "ends with a number",
		"a b@c.example":                        "space inside",
		"a@b c.example":                        "not a valid host name",
		".a@b.example":                         "dot",
		"a..b@b.example":                       "dot",
		"a(x)@b.example":                       "character before the @",
		"a@b@c.example":                        "more than one @",
		"Jo <a@b.example>":                     "write only the address",
		"<a@b.example>":                        "write only the address",
		"mailto:a@b.example":                   "mailto",
		"a@b.example, c@d.example":             "several",
		"a@b.example;c@d.example":              "several",
		"a@b.example\r\nRCPT TO:<c@d.example>": "control character",
		"a\x00@b.example":                      "control character",
		"a\u200b@b.example":                    "invisible",
		"a\u202e@b.example":                    "invisible",
		"a\xff@b.example":                      "not valid UTF-8",
		`"a@b.example`:                         "quotation marks",
		`"a"b"@b.example`:                      "quotation marks",
		`"a\"@b.example`:                       "quotation marks",
	} {
		_, err := Parse(in)
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(e.Reason, want) {
			t.Errorf("Parse(%q) = %v, want a reason with %q", in, err, want)
		}
	}
}

func TestSplit(t *testing.T) {
	if l, d := Split(`"a@b"@c.example`); l != `"a@b"` || d != "c.example" {
		t.Errorf("Split = %q, %q", l, d)
	}
	if l, d := Split("none"); l != "" || d != "" {
		t.Errorf("Split without @ = %q, %q", l, d)
	}
}

// FuzzParse holds that whatever is accepted is safe in a command line and a
// header, within the limits, and parses to itself and to one key.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"a@b.example", `"a b"@b.example`, "Jö@bücher.example", "a@b@c", "İ@b.example", "a@b。example"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := Parse(s)
		if err != nil {
			return
		}
		if len(a.Spelled) > MaxAddress || strings.ContainsAny(a.Spelled, "<>") && a.Spelled[0] != '"' {
			t.Fatalf("%q accepted as %q", s, a.Spelled)
		}
		if strings.ContainsFunc(a.Spelled, unicode.IsControl) {
			t.Fatalf("%q: control character in %q", s, a.Spelled)
		}
		again, err := Parse(a.Spelled)
		if err != nil || again != a {
			t.Fatalf("%q: %+v parses again to %+v, %v", s, a, again, err)
		}
		if folded, err := Parse(a.Key); err == nil && folded.Key != a.Key {
			t.Fatalf("%q: key %q folds again to %q", s, a.Key, folded.Key)
		}
	})
}

// FuzzSettled holds that the short cut says what the long way says.
func FuzzSettled(f *testing.F) {
	long := strings.Repeat("a", 63)
	for _, s := range []string{
		"b.example", "xn--bcher-kva.example", "xn-x.example", "a-.example", "-a.example", "a..b", "1.2.3.4", "",
		long + ".example", long + "a.example", long + "." + long + "." + long + "." + long[:61], long + "." + long + "." + long + "." + long[:62],
		"r3---x.example", "ab--c.example", "a.", ".a", "A.example", "a_b.example",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !canonical(s) {
			return
		}
		if got, err := domains.ToASCII(s); got != s || err != nil {
			t.Errorf("%q is not canonical: %q, %v", s, got, err)
		}
	})
}
