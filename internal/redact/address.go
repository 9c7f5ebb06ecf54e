package redact

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// Address hides who an address belongs to: "j***@example.gov". Anything that
// is not an address becomes "***".
func Address(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at <= 0 {
		return "***"
	}
	_, size := utf8.DecodeRuneInString(address)
	return address[:size] + "***" + address[at:]
}

// Hide puts Mark in the place of the recipient's address in words to be kept,
// however the server spelled it.
func Hide(words, address string) string {
	if at := strings.LastIndexByte(address, '@'); at <= 0 || !names(words, address[at+1:]) {
		return cutShort(words) // as most replies
	}
	words = cutShort(words)
	for _, spelled := range spellings(address) {
		words = replaceFold(words, spelled, anywhere)
	}
	return shorten(words, MaxWords) // Mark may be longer than what it stands for
}

// cutShort takes off the last word of as many as are ever taken in: it may be
// the beginning of an address that was cut off. Of a single one the first half
// stays, unless that may be one itself.
func cutShort(words string) string {
	if len(words) <= MaxWords-utf8.UTFMax {
		return words
	}
	last := strings.LastIndexByte(words, ' ')
	if last < 0 && !hasAt(words) {
		return shorten(words, MaxWords/2)
	}
	return words[:max(0, last)]
}

// shorten keeps text to a number of octets.
func shorten(text string, octets int) string {
	for octets < len(text) && octets > 0 && !utf8.RuneStart(text[octets]) {
		octets--
	}
	return text[:min(octets, len(text))]
}

// names says whether words may name an address of the domain.
func names(words, domain string) bool {
	if strings.Contains(domain, "xn--") {
		return hasAt(words)
	}
	for at := 0; at+len(domain) <= len(words); at++ {
		if strings.EqualFold(words[at:at+len(domain)], domain) {
			return true
		}
	}
	return false
}

// Reveal is what was kept, for those who may see the recipient's address.
func Reveal(kept, address string) string { return strings.ReplaceAll(kept, Mark, address) }

// Veil is what was kept, or was never hidden, for those who may not see
// addresses: the recipient's, or its part before the @, becomes Mark, and what
// looks like another's is masked as Address does.
func Veil(kept, address string) string {
	// "ann@" may have been marked as the end of "joann@".
	words := Reveal(kept, address)
	if hasAt(words) {
		for _, spelled := range spellings(address) {
			words = replaceFold(words, spelled, whole)
		}
		words = addressLike.ReplaceAllStringFunc(words, maskFound)
	}
	at := strings.LastIndexByte(address, '@')
	if at <= 0 {
		return words
	}
	local, _, _ := strings.Cut(address[:at], "+") // of the mailbox, without what is the recipient's to choose
	for _, local := range append(locals(address[:at]), local) {
		// Words of one or two letters would take the sense out of the sentence
		// and tell nothing.
		if utf8.RuneCountInString(local) >= 3 {
			words = replaceFold(words, local, word)
		}
	}
	return words
}

// ats are the spellings of "@" in replies: as it is, in the query of a link, in
// quoted-printable and as VERP has it, and in full width.
var ats = []string{"@", "%40", "=40", "=", "＠"}

func hasAt(words string) bool {
	for _, at := range ats {
		if strings.Contains(words, at) {
			return true
		}
	}
	return false
}

// addressLike finds addresses in a server's words, with a quoted local part or
// a plain one.
var addressLike = regexp.MustCompile(`("(?:[^"\\]|\\.)+"|[^\s<>()\[\]",;:']+?)(?:@|＠|%40)(\[[^\s\]]*\]?|[^\s<>()\[\]",;:']+)`)

func maskFound(found string) string {
	m := addressLike.FindStringSubmatch(found)
	if strings.HasSuffix(m[1], "***") {
		return found
	}
	return Address(m[1] + "@" + m[2])
}
