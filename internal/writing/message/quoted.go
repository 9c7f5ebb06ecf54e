package message

import "bytes"

// maxPlainLine is the longest line that is sent as it is.
const maxPlainLine = 78

// maxQuotedLine is the longest encoded line, in octets without its CRLF (RFC
// 2045 section 6.7).
const maxQuotedLine = 76

// Classes of octets in a text.
const (
	asItIs  = 1 << iota // needs no encoding anywhere in a line
	inPlain             // may stand in a line that is sent as it is
)

var classes = func() (c [256]uint8) {
	for b := ' '; b <= '~'; b++ {
		c[b] = asItIs | inPlain
	}
	c['\t'] = asItIs | inPlain
	c['='] = inPlain
	return c
}()

// fromLine is what a mailbox file would quote at the beginning of a line, which
// would break a signature (RFC 2049 section 3).
var fromLine = []byte("From ")

// nextLine cuts the first line off a text. Any of CRLF, CR and LF ends a line
// (RFC 5321 section 2.3.8 knows CRLF only), and so does the end of the text.
func nextLine(text []byte) (line, rest []byte) {
	end := bytes.IndexByte(text, '\n')
	if end < 0 {
		end = len(text)
	}
	if cr := bytes.IndexByte(text[:end], '\r'); cr >= 0 {
		line, rest = text[:cr], text[cr+1:]
		if len(rest) > 0 && rest[0] == '\n' {
			rest = rest[1:]
		}
		return line, rest
	}
	return text[:end], text[min(end+1, len(text)):]
}

// plainLines says whether a text survives every hop unencoded: short ASCII
// lines without trailing blanks, and none that a mailbox file would quote.
func plainLines(text []byte) bool {
	for len(text) > 0 {
		var line []byte
		line, text = nextLine(text)
		if len(line) > maxPlainLine || bytes.HasPrefix(line, fromLine) {
			return false
		}
		for _, b := range line {
			if classes[b]&inPlain == 0 {
				return false
			}
		}
		if len(line) > 0 && isBlank(line[len(line)-1]) {
			return false
		}
	}
	return true
}

func isBlank(b byte) bool { return b == ' ' || b == '\t' }

// appendLines writes a text with CRLF line ends, also after its last line.
func appendLines(dst, text []byte) []byte {
	for len(text) > 0 {
		var line []byte
		line, text = nextLine(text)
		dst = append(append(dst, line...), "\r\n"...)
	}
	return dst
}

// appendQuoted writes a text as quoted-printable (RFC 2045 section 6.7), with
// the line ends of appendLines. It breaks lines where mime/quotedprintable
// does.
func appendQuoted(dst, text []byte) []byte {
	for len(text) > 0 {
		var line []byte
		line, text = nextLine(text)
		dst = append(appendQuotedLine(dst, line), "\r\n"...)
	}
	return dst
}

const upperHex = "0123456789ABCDEF"

func appendQuotedLine(dst, line []byte) []byte {
	// A blank at the end of a line has to be encoded.
	var blank byte
	if last := len(line) - 1; last >= 0 && isBlank(line[last]) {
		blank, line = line[last], line[:last]
	}
	room := maxQuotedLine - 1 // the last column is that of the soft line break
	for len(line) > 0 {
		if room == maxQuotedLine-1 && line[0] == 'F' && bytes.HasPrefix(line, fromLine) {
			dst = append(dst, "=46"...)
			room, line = room-3, line[1:]
			continue
		}
		n := 0
		for n < len(line) && n < room && classes[line[n]]&asItIs != 0 {
			n++
		}
		dst = append(dst, line[:n]...)
		room, line = room-n, line[n:]
		if len(line) == 0 {
			break
		}
		asIs := classes[line[0]]&asItIs != 0
		if asIs || room < 3 {
			dst = append(dst, "=\r\n"...)
			room = maxQuotedLine - 1
		}
		if !asIs {
			dst = append(dst, '=', upperHex[line[0]>>4], upperHex[line[0]&15])
			room, line = room-3, line[1:]
		}
	}
	if blank == 0 {
		return dst
	}
	if room < 3 {
		dst = append(dst, "=\r\n"...)
	}
	return append(dst, '=', upperHex[blank>>4], upperHex[blank&15])
}
