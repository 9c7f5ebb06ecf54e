package outcome

import (
	"strconv"
	"strings"

	"crier.dev/crier/internal/redact"
)

// Reply is a server's answer. Text is safe to print, but still a stranger's words: escape it for
// HTML and for spreadsheets.
type Reply struct {
	Code     int    // 200 to 599; 0 when there was no reply
	Enhanced string // RFC 3463, for example "5.1.1"; "" when there was none
	Text     string // the server's words, cleaned (see redact)
}

// String is the reply as a person would quote it: "550 5.1.1 no such user". Without a reply it is
// what was known instead of one.
func (r Reply) String() string {
	words := make([]string, 0, 3)
	if r.Code != 0 {
		words = append(words, strconv.Itoa(r.Code))
	}
	for _, w := range []string{r.Enhanced, r.Text} {
		if w != "" {
			words = append(words, w)
		}
	}
	return strings.Join(words, " ")
}

// NewReply makes a Reply of the text lines that followed the code. An enhanced code (RFC 2034) is
// taken off every line, if its class agrees with the reply code.
func NewReply(code int, lines []string) Reply {
	reply := Reply{Code: code}
	var few [4]string // most replies have no more lines
	words := few[:0]
	for _, line := range lines {
		enhanced, rest := cutEnhanced(code, line)
		if reply.Enhanced == "" {
			reply.Enhanced = enhanced
		}
		words = append(words, rest)
	}
	reply.Text = redact.Clean(strings.Join(words, " "), redact.MaxWords)
	return reply
}

// cutEnhanced splits "5.1.1 no such user" at the enhanced status code.
func cutEnhanced(code int, line string) (enhanced, rest string) {
	line = strings.TrimSpace(line)
	first, rest, _ := strings.Cut(line, " ")
	if _, _, ok := splitEnhanced(first); !ok || int(first[0]-'0') != code/100 {
		return "", line
	}
	return first, strings.TrimSpace(rest)
}

// splitEnhanced takes "5.7.26" apart. RFC 3463 section 2: class 2, 4 or 5, then two numbers of at
// most three digits.
func splitEnhanced(s string) (subject, detail string, ok bool) {
	class, rest, _ := strings.Cut(s, ".")
	subject, detail, _ = strings.Cut(rest, ".")
	if class != "2" && class != "4" && class != "5" || !digits(subject) || !digits(detail) {
		return "", "", false
	}
	return subject, detail, true
}

func digits(s string) bool {
	if len(s) == 0 || len(s) > 3 {
		return false
	}
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}
