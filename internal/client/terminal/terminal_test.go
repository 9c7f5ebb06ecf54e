package terminal

import (
	"strings"
	"testing"
	"unicode"

	"crier.dev/crier/internal/invisible"
)

func TestLine(t *testing.T) {
	for in, want := range map[string]string{
		"plain, Grüße, 日本":   "plain, Grüße, 日本",
		"a\x1b[31mred":       `a\u001b[31mred`,
		"a\r\nb\tc":          `a\u000d\u000ab\u0009c`,
		"pdf\u202efdp.exe":   `pdf\u202efdp.exe`,
		"\u2066x\u2069":      `\u2066x\u2069`,
		"a\u00a0b":           "a b",
		"\u009b31m":          `\u009b31m`,
		"\U000e0041":         `\U000e0041`,
		"👩\u200d💻":           "👩\u200d💻",
		"zero\u200bwidth":    `zero\u200bwidth`,
		"broken \xff octets": "broken \ufffd octets",
	} {
		if got := Line(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestText(t *testing.T) {
	if got := Text("a\r\nb\n\tc\rd\x07"); got != "a\nb\n\tc\\u000dd\\u0007" {
		t.Errorf("%q", got)
	}
}

func FuzzText(f *testing.F) {
	f.Add("a\x1b[31m\u202eb")
	f.Fuzz(func(t *testing.T, s string) {
		for _, r := range Text(s) {
			if r != '\n' && r != '\t' && (unicode.IsControl(r) || invisible.Direction(r)) {
				t.Fatalf("%q has %U", s, r)
			}
		}
		if strings.ContainsAny(Line(s), "\r\n\x1b") {
			t.Fatalf("%q", s)
		}
	})
}
