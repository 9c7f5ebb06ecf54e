package address

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// Read is Parse for what spreadsheets, address books and directories put into
// a cell, where that means one address and no other: a name with the address
// in angle brackets, "mailto:" or "SMTP:" before it, quotation marks around it,
// a comma or semicolon after it, blanks and invisible characters at its ends,
// and several values of Active Directory, of which one is the primary one (see
// Choose). The error is that of Parse.
func Read(cell string) (Address, error) {
	a, err := Parse(cell)
	if err == nil {
		return a, nil
	}
	bare := undress(cell)
	if a, failed := Parse(bare); failed == nil {
		return a, nil
	}
	if inner, ok := bracketed(bare); ok {
		if a, failed := Parse(undress(inner)); failed == nil {
			return a, nil
		}
	}
	if one, ok := primary(cell); ok {
		if a, failed := Parse(one); failed == nil {
			return a, nil
		}
	}
	return Address{}, err
}

// Choose picks the address among the values of one attribute. In
// proxyAddresses of Active Directory each begins with a protocol, and the
// primary address with "SMTP:" in capitals; other protocols, such as X400:, are
// none. Without a protocol the first value is chosen. others are further
// addresses of the same person. chosen is empty if there is none.
func Choose(values []string) (chosen string, others []string) {
	best := -1
	for i, value := range values {
		protocol, _ := cutProtocol(value)
		if protocol != "" && !isMail(protocol) {
			continue
		}
		switch {
		case best < 0:
			best = i
		case protocol == "SMTP" && !strings.HasPrefix(strings.TrimSpace(values[best]), "SMTP:"):
			others = append(others, values[best])
			best = i
		default:
			others = append(others, value)
		}
	}
	if best < 0 {
		return "", nil
	}
	return values[best], others
}

// Find returns every address that a text has anywhere, in the order of their
// places, each key once, and takes what is damaged for what it was most likely
// meant to be. It is for those who must not be written to: nobody is ever
// written to at what it finds.
func Find(text string) []Address {
	if !utf8.ValidString(text) {
		// Latin-1 is a part of it; what neither is leaves replacement characters.
		text, _ = charmap.Windows1252.NewDecoder().String(text)
	}
	found := find(wideAt.Replace(text))
	seen := map[string]bool{}
	return slices.DeleteFunc(found, func(a Address) bool {
		again := seen[a.Key]
		seen[a.Key] = true
		return again
	})
}

// wideAt are the signs that keyboards of East Asia give for an "@".
var wideAt = strings.NewReplacer("\uff20", "@", "\ufe6b", "@")

func find(text string) []Address {
	if !strings.ContainsRune(text, '@') {
		return nil
	}
	if a, err := Parse(undress(text)); err == nil {
		return []Address{a}
	}
	var found []Address
	for token := range strings.FieldsFuncSeq(strings.Map(visible, text), separates) {
		found = append(found, tokens(token)...)
	}
	if len(found) > 0 {
		return found
	}
	joined := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '"' {
			return -1
		}
		return visible(r)
	}, text)
	if a, err := Parse(undress(joined)); err == nil {
		return []Address{a}
	}
	return nil
}

// tokens reads a piece without blanks. A slash may be part of an address, as
// a question mark may.
func tokens(token string) (found []Address) {
	for _, one := range []string{token, strings.TrimRight(token, ".:?!")} {
		if a, err := Parse(undress(one)); err == nil {
			return []Address{a}
		}
	}
	for part := range strings.FieldsFuncSeq(token, func(r rune) bool { return strings.ContainsRune("/:?&", r) }) {
		if a, err := Parse(undress(part)); err == nil {
			found = append(found, a)
		}
	}
	return found
}

// visible drops characters that can't be seen, and control characters.
func visible(r rune) rune {
	if unicode.IsSpace(r) { // line breaks of all kinds among them
		return ' '
	}
	if unicode.IsControl(r) || unseen(r) {
		return -1
	}
	return r
}

func separates(r rune) bool {
	return unicode.IsSpace(r) || strings.ContainsRune(`,;|<>()[]{}"\`, r)
}

// undress takes off what stands around an address and can't be part of it.
func undress(s string) string {
	s = trim(s)
	for _, quote := range []string{`"`, `'`} {
		if inner, ok := strings.CutPrefix(s, quote); ok && strings.HasSuffix(inner, quote) && len(inner) > 1 {
			s = trim(inner[:len(inner)-1])
		}
	}
	if protocol, rest := cutProtocol(s); isMail(protocol) {
		s = trim(rest)
		if strings.EqualFold(protocol, "mailto") { // RFC 6068: what follows are headers
			s, _, _ = strings.Cut(s, "?")
		}
	}
	if inner, ok := strings.CutPrefix(s, "<"); ok && strings.HasSuffix(inner, ">") && !strings.ContainsAny(inner[:len(inner)-1], "<>") {
		s = trim(inner[:len(inner)-1])
	}
	return s
}

func trim(s string) string {
	return strings.TrimFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || r == ';' || r == ',' || r != utf8.RuneError && unseen(r)
	})
}

// bracketed takes the address out of "Ann Lee <ann@example.org>". A name that
// is itself another address leaves open which is meant.
func bracketed(s string) (inner string, ok bool) {
	name, rest, ok := strings.Cut(s, "<")
	if !ok || !strings.HasSuffix(rest, ">") {
		return "", false
	}
	inner = rest[:len(rest)-1]
	if strings.ContainsAny(inner, "<>") {
		return "", false
	}
	if strings.ContainsRune(name, '@') {
		before, err := Parse(undress(name))
		after, failed := Parse(undress(inner))
		if err != nil || failed != nil || before.Key != after.Key {
			return "", false
		}
	}
	return inner, true
}

// primary takes the primary address out of several values of one attribute in
// one cell, each of which has to begin with its protocol.
func primary(s string) (one string, ok bool) {
	var capital, small []string
	for token := range strings.FieldsFuncSeq(s, separates) {
		if !strings.ContainsRune(token, '@') {
			continue // of an X400: value, say
		}
		protocol, rest := cutProtocol(token)
		switch {
		case protocol == "":
			return "", false
		case protocol == "SMTP":
			capital = append(capital, rest)
		case strings.EqualFold(protocol, "smtp"):
			small = append(small, rest)
		}
	}
	switch {
	case len(capital) == 1:
		return capital[0], true
	case len(capital) == 0 && len(small) == 1:
		return small[0], true
	}
	return "", false
}

// cutProtocol takes "SMTP:" off a value. No address begins like that: a colon
// is only lawful in quotation marks.
func cutProtocol(s string) (protocol, rest string) {
	before, after, found := strings.Cut(strings.TrimSpace(s), ":")
	if !found || before == "" || strings.ContainsFunc(before, func(r rune) bool {
		return r != '-' && r != '.' && r != '+' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}) {
		return "", s
	}
	return before, after
}

func isMail(protocol string) bool {
	return strings.EqualFold(protocol, "smtp") || strings.EqualFold(protocol, "mailto")
}
