package address

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"crier.dev/crier/internal/invisible"
)

// checkWhole finds what is wrong with the text as a whole: mostly several
// things in one cell, or an address copied with its decoration.
func checkWhole(s string) (reason string) {
	switch {
	case s == "":
		return "empty"
	case !utf8.ValidString(s):
		return "not valid UTF-8"
	case strings.ContainsFunc(s, unicode.IsControl):
		return "control character"
	case strings.ContainsFunc(s, unseen):
		return "invisible character"
	case !strings.Contains(s, "@"):
		return "no @"
	case several(s):
		return "several addresses where one is expected"
	case strings.ContainsAny(s, "<>"):
		return "a name or angle brackets around the address; write only the address"
	case hasPrefixFold(s, "mailto:"):
		return "begins with mailto:; write only the address"
	}
	return ""
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// unseen characters make two addresses that look like one; the replacement
// character is that of a conversion that lost something.
func unseen(r rune) bool { return invisible.Any(r) || r == utf8.RuneError }

// several tells "a@b.example, c@d.example" from one odd address.
func several(s string) bool {
	if s[0] == '"' || strings.Count(s, "@") < 2 {
		return false
	}
	parts := strings.FieldsFunc(s, func(r rune) bool {
		return r == ',' || r == ';' || r == '/' || r == '|' || unicode.IsSpace(r)
	})
	with := 0
	for _, p := range parts {
		if at := strings.IndexByte(p, '@'); at > 0 && at < len(p)-1 {
			with++
		}
	}
	return with > 1
}

// checkLocal returns the local part without the quotes that it doesn't need:
// "john"@a.example and john@a.example are one mailbox (RFC 5321 section 4.1.2).
func checkLocal(local string) (plain, reason string) {
	switch {
	case local == "":
		return "", "nothing before the @"
	case len(local) > MaxLocal:
		return "", "local part longer than 64 octets"
	case local[0] == '"':
		return checkQuoted(local)
	case strings.ContainsRune(local, '@'):
		return "", "more than one @"
	case strings.ContainsFunc(local, unicode.IsSpace):
		return "", "space inside the address"
	case local[0] == '.', local[len(local)-1] == '.', strings.Contains(local, ".."):
		return "", "local part begins or ends with a dot, or has two dots in a row"
	}
	for _, r := range local {
		if r != '.' && !atext(r) {
			return "", "character before the @ that an address can't have"
		}
	}
	return local, ""
}

// checkQuoted accepts the Quoted-string of RFC 5321 section 4.1.2.
func checkQuoted(local string) (plain, reason string) {
	const unbalanced = "quotation marks before the @ don't match"
	if len(local) < 3 || local[len(local)-1] != '"' {
		return "", unbalanced
	}
	var b strings.Builder
	escaped := false
	for _, r := range local[1 : len(local)-1] {
		switch {
		case escaped:
			if r < ' ' || r > '~' {
				return "", "character before the @ that an address can't have"
			}
			escaped = false
		case r == '\\':
			escaped = true
			continue
		case r == '"':
			return "", unbalanced
		}
		b.WriteRune(r)
	}
	if escaped {
		return "", unbalanced
	}
	if plain, reason := checkLocal(b.String()); reason == "" && plain[0] != '"' {
		return plain, ""
	}
	return `"` + b.String() + `"`, ""
}

// atext is RFC 5322 section 3.2.3, with the non-ASCII characters of RFC 6531
// section 3.3.
func atext(r rune) bool {
	switch {
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
		return true
	case r >= utf8.RuneSelf:
		return true
	}
	return strings.ContainsRune("!#$%&'*+-/=?^_`{|}~", r)
}
