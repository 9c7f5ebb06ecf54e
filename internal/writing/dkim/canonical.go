package dkim

import (
	"bytes"
	"encoding/binary"
	"hash"
	"math/bits"
)

// isBlank says what relaxed canonicalisation makes one space of.
func isBlank(b byte) bool { return b == ' ' || b == '\t' }

// nextField cuts the first field off a header block with CRLF line ends: the
// name as written, what is between the colon and the end of the field, and
// the rest of the block. ok is false at the end of the block.
func nextField(block []byte) (name, value, rest []byte, ok bool) {
	end := 0
	for {
		i := bytes.Index(block[end:], crlf)
		if i < 0 {
			return nil, nil, nil, false
		}
		end += i + len(crlf)
		if end >= len(block) || !isBlank(block[end]) {
			break
		}
	}
	colon := bytes.IndexByte(block[:end], ':')
	if colon < 0 {
		return nil, nil, nil, false
	}
	return block[:colon], block[colon+1 : end-len(crlf)], block[end:], true
}

var crlf = []byte("\r\n")

// appendField writes a field in the relaxed form of RFC 6376 section 3.4.2,
// with the CRLF that ends it.
func appendField(dst, name, value []byte) []byte {
	for _, b := range bytes.TrimRight(name, " \t") {
		if 'A' <= b && b <= 'Z' {
			b += 'a' - 'A'
		}
		dst = append(dst, b)
	}
	dst = append(dst, ':')
	begin := len(dst)
	dst = appendRelaxed(dst, value)
	if len(dst) > begin && dst[begin] == ' ' {
		dst = append(dst[:begin], dst[begin+1:]...)
	}
	return append(dst, crlf...)
}

// appendRelaxed unfolds text, makes one space of each run of blanks, and drops
// those at its end.
func appendRelaxed(dst, text []byte) []byte {
	blank := false
	for i := 0; i < len(text); {
		b := text[i]
		switch {
		case isBlank(b):
			blank = true
			i++
		case b == '\r' && i+1 < len(text) && text[i+1] == '\n':
			i += len(crlf)
		default:
			if blank {
				dst = append(dst, ' ')
				blank = false
			}
			n := i + 1
			for n < len(text) && text[n] > ' ' {
				n++
			}
			dst = append(dst, text[i:n]...)
			i = n
		}
	}
	return dst
}

// hashBody writes a body in the relaxed form of RFC 6376 section 3.4.4 into a
// hash: lines without blanks at their end, one space for each run of blanks,
// and no empty lines at the end. What needs no change, in most bodies all of
// it, goes there in one piece. Of pieces, each but the last ends a line.
func hashBody(h hash.Hash, body []byte, rest [][]byte) {
	ends, empty := 0, true // ends are held back until more than ends follows
	for {
		text, n := withoutEnd(body)
		if len(text) > 0 {
			for ; ends > 0; ends-- {
				h.Write(crlf)
			}
			hashLines(h, text)
			empty = false
		}
		ends += n
		if len(rest) == 0 {
			break
		}
		body, rest = rest[0], rest[1:]
	}
	if !empty {
		h.Write(crlf)
	}
}

// hashLines is hashBody for what neither is empty nor ends with a line end.
func hashLines(h hash.Hash, body []byte) {
	for at := 0; at < len(body); {
		i := nextBlanks(body, at)
		h.Write(body[at:i])
		for at = i; at < len(body) && isBlank(body[at]); at++ {
		}
		if at > i && !bytes.HasPrefix(body[at:], crlf) {
			h.Write(space)
		}
	}
}

var space = []byte(" ")

// withoutEnd cuts off empty lines, also those of blanks, and the last CRLF. It
// says how many line ends that were.
func withoutEnd(body []byte) (text []byte, ends int) {
	for ; ; ends++ {
		for len(body) > 0 && isBlank(body[len(body)-1]) {
			body = body[:len(body)-1]
		}
		if !bytes.HasSuffix(body, crlf) {
			return body, ends
		}
		body = body[:len(body)-len(crlf)]
	}
}

// nextBlanks is where the next run of blanks begins that relaxing changes, or
// the length of the body: a tab, several, or one at the end of a line.
func nextBlanks(body []byte, at int) int {
	for i := at; i < len(body); i++ {
		if i = nextLow(body, i); i == len(body) {
			break
		}
		if body[i] == '\t' || body[i] == ' ' && (i+1 == len(body) || body[i+1] <= ' ') {
			return i
		}
	}
	return len(body)
}

// nextLow is where the next blank or control is, or the length of the body. It
// looks at eight octets at once: the difference has the high bit of an octet
// that was lower than '!', and the first one that it has is right.
func nextLow(body []byte, at int) int {
	const each = 0x0101010101010101
	for ; at+8 <= len(body); at += 8 {
		x := binary.LittleEndian.Uint64(body[at:])
		if low := (x - '!'*each) &^ x & (0x80 * each); low != 0 {
			return at + bits.TrailingZeros64(low)/8
		}
	}
	for ; at < len(body) && body[at] > ' '; at++ {
	}
	return at
}
