package outcome

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestNewReply(t *testing.T) {
	cases := map[string]struct {
		code  int
		lines []string
		want  Reply
	}{
		"plain":       {550, []string{"no such user"}, Reply{550, "", "no such user"}},
		"enhanced":    {550, []string{"5.1.1 no such user"}, Reply{550, "5.1.1", "no such user"}},
		"several":     {550, []string{"5.7.26 one", "5.7.26 two"}, Reply{550, "5.7.26", "one two"}},
		"wrong class": {450, []string{"5.1.1 odd"}, Reply{450, "", "5.1.1 odd"}},
		"not a code":  {550, []string{"5.1 odd"}, Reply{550, "", "5.1 odd"}},
		"an address":  {554, []string{"5.1.1.1 blocked"}, Reply{554, "", "5.1.1.1 blocked"}},
		"alone":       {550, []string{"5.1.1"}, Reply{550, "5.1.1", ""}},
		"nothing":     {550, nil, Reply{550, "", ""}},
	}
	for name, c := range cases {
		if got := NewReply(c.code, c.lines); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func TestReplyAsQuoted(t *testing.T) {
	for want, reply := range map[string]Reply{
		"550 5.1.1 no such user": {550, "5.1.1", "no such user"},
		"421":                    {Code: 421},
		"connection reset":       {Text: "connection reset"},
		"":                       {},
	} {
		if got := reply.String(); got != want {
			t.Errorf("%+v: %q", reply.Text, got)
		}
	}
}

func TestSanitise(t *testing.T) {
	for in, want := range map[string]string{
		"a\x1b[31mb\x00c":        "a[31mbc",
		"a\u202eb\u2066c\u200bd": "abcd",
		" a \t b ":               "a b",
		"caf\xe9":                "caf?",
		"Grüße":                  "Grüße",
	} {
		if got := Sanitise(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	long := Sanitise(strings.Repeat("é ", 400))
	if len(long) > MaxText || len(long) < MaxText-4 || !utf8.ValidString(long) {
		t.Errorf("cut to %d octets", len(long))
	}
}

func FuzzSanitise(f *testing.F) {
	f.Add("a\r\n\u202e\xff")
	f.Fuzz(func(t *testing.T, s string) {
		got := Sanitise(s)
		if len(got) > MaxText || !utf8.ValidString(got) || strings.ContainsAny(got, "\r\n\t\x00\x1b\u202e") {
			t.Errorf("%q", got)
		}
		if again := Sanitise(got); again != got {
			t.Errorf("not stable: %q, then %q", got, again)
		}
	})
}
