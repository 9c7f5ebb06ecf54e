package report

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean makes words of a stranger safe to show: control, bidirectional and
// other invisible characters are removed, white space becomes single blanks,
// and the result has at most max octets, cut between characters. It does not
// escape for HTML or spreadsheets.
func Clean(s string, max int) string {
	var b strings.Builder
	blank := false
	for _, r := range strings.ToValidUTF8(s, "?") {
		if unicode.IsSpace(r) {
			blank = b.Len() > 0
			continue
		}
		// Cf: bidirectional controls, zero-width characters and tags.
		if unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Co) {
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

// Mask hides who an address belongs to: "j***@example.gov". Anything that is
// not an address becomes "***".
func Mask(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at <= 0 {
		return "***"
	}
	_, size := utf8.DecodeRuneInString(address)
	return address[:size] + "***" + address[at:]
}

// addressLike finds addresses in a server's words.
var addressLike = regexp.MustCompile(`[^\s<>()\[\]",;:']+@[^\s<>()\[\]",;:']+`)

// Masked is the row for readers who may not see addresses. Servers like to
// repeat the address, or its part before the @, in what they say.
func (r Row) Masked() Row {
	words := addressLike.ReplaceAllStringFunc(r.Text, Mask)
	if at := strings.LastIndexByte(r.Recipient, '@'); at > 0 {
		words = withoutWord(words, r.Recipient[:at])
	}
	r.Recipient, r.Text = Mask(r.Recipient), words
	return r
}

// withoutWord replaces a word by "***", whatever its case. Words of one or
// two letters would take the sense out of the sentence and tell nothing.
func withoutWord(s, word string) string {
	if utf8.RuneCountInString(word) < 3 {
		return s
	}
	expression := regexp.QuoteMeta(strings.ToValidUTF8(word, "?"))
	// "info" must not be found in "information".
	if wordByte(word[0]) {
		expression = `\b` + expression
	}
	if wordByte(word[len(word)-1]) {
		expression += `\b`
	}
	pattern, err := regexp.Compile(`(?i)` + expression)
	if err != nil {
		return s
	}
	return pattern.ReplaceAllLiteralString(s, "***")
}

// wordByte is what \b of package regexp takes for a part of a word.
func wordByte(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
