package dkim

import (
	"bytes"
	"hash"
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

// bodyHasher writes a body in the relaxed form of RFC 6376 section 3.4.4 into
// a hash, in pieces: lines without blanks at their end, one space for each run
// of blanks, and no empty lines at the end.
type bodyHasher struct {
	hash  hash.Hash
	chunk []byte
	empty int // empty lines that are hashed only if something follows
}

const chunkSize = 4 << 10

func (h *bodyHasher) write(body []byte) {
	h.chunk, h.empty = h.chunk[:0], 0
	for len(body) > 0 {
		line := body
		if i := bytes.Index(body, crlf); i >= 0 {
			line, body = body[:i], body[i+len(crlf):]
		} else {
			body = nil
		}
		h.line(line)
	}
	h.flush()
}

func (h *bodyHasher) line(line []byte) {
	for len(line) > 0 && isBlank(line[len(line)-1]) {
		line = line[:len(line)-1]
	}
	if len(line) == 0 {
		h.empty++
		return
	}
	for ; h.empty > 0; h.empty-- {
		h.room(len(crlf))
		h.chunk = append(h.chunk, crlf...)
	}
	h.text(line)
	h.room(len(crlf))
	h.chunk = append(h.chunk, crlf...)
}

// text takes a line that doesn't end with a blank.
func (h *bodyHasher) text(line []byte) {
	for len(line) > 0 {
		i := runOfBlanks(line)
		word := line[:i]
		line = line[i:]
		for len(word) > 0 {
			h.room(1)
			n := min(len(word), chunkSize-len(h.chunk))
			h.chunk = append(h.chunk, word[:n]...)
			word = word[n:]
		}
		if len(line) == 0 {
			return
		}
		for len(line) > 0 && isBlank(line[0]) {
			line = line[1:]
		}
		h.room(1)
		h.chunk = append(h.chunk, ' ')
	}
}

// runOfBlanks is where relaxing changes something first: at a tab, or at two
// blanks. It is the length of the line if nowhere.
func runOfBlanks(line []byte) int {
	for i := 0; i < len(line); i++ {
		if line[i] > ' ' {
			continue
		}
		if line[i] == '\t' || line[i] == ' ' && i+1 < len(line) && isBlank(line[i+1]) {
			return i
		}
	}
	return len(line)
}

func (h *bodyHasher) room(n int) {
	if len(h.chunk)+n > chunkSize {
		h.flush()
	}
}

func (h *bodyHasher) flush() {
	h.hash.Write(h.chunk)
	h.chunk = h.chunk[:0]
}
