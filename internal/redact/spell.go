package redact

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/idna"
)

// spellings are the ways to write an address that servers use, the longest
// first, so that none is found within another.
func spellings(address string) []string {
	at := strings.LastIndexByte(address, '@')
	if at <= 0 || at == len(address)-1 {
		return nil
	}
	var all []string
	domain := address[at+1:]
	domains := []string{domain}
	if shown, err := idna.ToUnicode(domain); err == nil && shown != domain {
		domains = append(domains, shown) // xn-- as people read it
	}
	for _, local := range locals(address[:at]) {
		for _, at := range ats {
			for _, domain := range domains {
				all = append(all, local+at+domain)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b string) int { return len(b) - len(a) })
	return all
}

// locals are the spellings of a local part: as it is, with and without quotes,
// as xtext (RFC 3461 section 4) and in the query of a link.
func locals(local string) []string {
	bare := local
	if len(local) > 2 && local[0] == '"' && local[len(local)-1] == '"' {
		bare = unescaped(local[1 : len(local)-1])
	}
	all := []string{local, `"` + bare + `"`, bare, escaped(bare, '+', "+="), escaped(bare, '%', "%+=&/?#\"")}
	if bare != local {
		all = append(all, escaped(local, '+', "+="))
	}
	slices.Sort(all)
	all = slices.Compact(all)
	slices.SortStableFunc(all, func(a, b string) int { return len(b) - len(a) })
	return all
}

// unescaped is the content of a quoted string (RFC 5321 section 4.1.2).
func unescaped(quoted string) string {
	var b strings.Builder
	for i := 0; i < len(quoted); i++ {
		if quoted[i] == '\\' && i+1 < len(quoted) {
			i++
		}
		b.WriteByte(quoted[i])
	}
	return b.String()
}

// escaped writes what isn't printable ASCII, a blank, and the octets of
// special as the sign and two hexadecimal digits.
func escaped(s string, sign byte, special string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if c <= ' ' || c > '~' || strings.IndexByte(special, c) >= 0 {
			fmt.Fprintf(&b, "%c%02X", sign, c)
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

// replaceFold puts Mark in the place of a text, whatever the letter case, where
// what stands around it fits.
func replaceFold(s, text string, fits func(before, text, after string) bool) string {
	var b strings.Builder
	kept := 0
	for at := 0; at+len(text) <= len(s); {
		if strings.HasPrefix(s[at:], Mark) {
			at += len(Mark) // which has a word that may be a local part
			continue
		}
		end := at + len(text)
		if strings.EqualFold(s[at:end], text) && fits(s[:at], text, s[end:]) {
			b.WriteString(s[kept:at])
			b.WriteString(Mark)
			at, kept = end, end
			continue
		}
		at++
	}
	if kept == 0 {
		return s
	}
	return b.String() + s[kept:]
}

func anywhere(_, _, _ string) bool { return true }

// whole says that an address isn't the end or the beginning of a longer one.
func whole(before, _, after string) bool {
	return !endsInAtom(before) && !goesOn(after)
}

// word says that a text isn't a part of a word: "info" must not be found in
// "information".
func word(before, text, after string) bool {
	first, last := text[0], text[len(text)-1]
	switch {
	case before != "" && wordByte(first) && wordByte(before[len(before)-1]),
		after != "" && wordByte(last) && wordByte(after[0]):
		return false
	}
	return true
}

// endsInAtom says whether a local part that begins after such words may be the
// rest of a longer one. A "=" and a "+" more often end the name of a field.
func endsInAtom(before string) bool {
	if before == "" {
		return false
	}
	c := before[len(before)-1]
	return wordByte(c) || c == '.' || c == '-' || c >= 0x80
}

// goesOn says whether a domain goes on after its end, as "example.gov" does in
// "example.gov.uk". A dot may end the sentence.
func goesOn(after string) bool {
	if after == "" {
		return false
	}
	if after[0] == '.' {
		return len(after) > 1 && wordByte(after[1])
	}
	return wordByte(after[0]) || after[0] == '-'
}

func wordByte(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
