package redact

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"crier.dev/crier/internal/invisible"
)

// Clean makes words of a stranger safe to show in a terminal and a mail:
// control, bidirectional and other invisible characters are removed, white
// space becomes single blanks, invalid UTF-8 becomes "?", and the result has at
// most max octets, cut between characters. It does not escape for HTML or
// spreadsheets.
func Clean(s string, max int) string {
	if len(s) <= max && plain(s) {
		return s
	}
	var b strings.Builder
	blank := false
	for _, r := range strings.ToValidUTF8(s, "?") {
		if unicode.IsSpace(r) {
			blank = b.Len() > 0
			continue
		}
		if unicode.IsControl(r) || invisible.Any(r) {
			continue
		}
		need := utf8.RuneLen(r)
		if blank {
			need++
		}
		if b.Len()+need > max {
			break
		}
		if blank {
			b.WriteByte(' ')
			blank = false
		}
		b.WriteRune(r)
	}
	return b.String()
}

// plain says whether there is nothing to clean: printable ASCII without blanks
// at the ends or next to each other. Nearly every reply is.
func plain(s string) bool {
	blank := true
	for _, c := range []byte(s) {
		if c < ' ' || c > '~' || blank && c == ' ' {
			return false
		}
		blank = c == ' '
	}
	return s == "" || !blank
}
