// Package terminal makes text safe to show on a terminal: what comes from
// files and rosters could move the cursor, change colors, or turn the
// direction of writing around so that something else seems to stand there.
package terminal

import (
	"fmt"
	"strings"
	"unicode"

	"crier.dev/crier/internal/invisible"
)

// Line is text on one line: every character that isn't printable is shown as
// an escape, such as \u001b.
func Line(s string) string { return escape(s, "") }

// Text is Line, but line feeds and tabs stay, and CRLF is a line feed.
func Text(s string) string { return escape(strings.ReplaceAll(s, "\r\n", "\n"), "\n\t") }

func escape(s, keep string) string {
	safe := func(r rune) bool {
		return unicode.IsPrint(r) && !invisible.Direction(r) || strings.ContainsRune(keep, r)
	}
	if strings.IndexFunc(s, func(r rune) bool { return !safe(r) || r == unicode.ReplacementChar }) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case safe(r):
			b.WriteRune(r)
		case unicode.Is(unicode.Zs, r): // no-break space and its like
			b.WriteByte(' ')
		case r == '\u200c' || r == '\u200d': // joiners: writing and emoji need them
			b.WriteRune(r)
		case r > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}
