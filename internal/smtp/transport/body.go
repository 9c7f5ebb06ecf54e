package transport

import "bytes"

// blockSize is how much of a body is written under one deadline, in octets before stuffing. What is
// shorter leaves in one write together with the final dot.
const blockSize = 64 << 10

// stuffer is the only place where a message is made fit for DATA (RFC 5321 section 4.5.2): every
// CRLF, bare CR and bare LF ends a line and is written as CRLF, a leading dot is doubled, and the
// last line is ended. A bare CR or LF that got through could be taken for the end of the message by
// one server and not by the next (SMTP smuggling).
//
// The zero value is ready for a message. A message may come in pieces as cutBlock makes them.
type stuffer struct {
	midLine bool // the last piece ended within a line
}

// append adds a piece to dst. Lines that are in order are copied together.
func (s *stuffer) append(dst, p []byte) []byte {
	if len(p) == 0 {
		return dst
	}
	from := 0 // of what is not copied yet
	for at, lf := 0, -1; at < len(p); s.midLine = false {
		if p[at] == '.' && !s.midLine {
			dst = append(append(dst, p[from:at]...), '.')
			from = at
		}
		if lf < at {
			lf = indexFrom(p, at, '\n')
		}
		cr := at + bytes.IndexByte(p[at:lf], '\r')
		switch {
		case cr >= at && cr+1 == lf && lf < len(p): // CRLF
			at = lf + 1
		case cr >= at: // bare CR
			dst = append(append(dst, p[from:cr]...), "\r\n"...)
			at, from = cr+1, cr+1
		case lf < len(p): // bare LF
			dst = append(append(dst, p[from:lf]...), "\r\n"...)
			at, from = lf+1, lf+1
		default: // no line end
			s.midLine = true
			return append(dst, p[from:]...)
		}
	}
	return append(dst, p[from:]...)
}

// end closes the last line and adds the dot that ends the message.
func (s *stuffer) end(dst []byte) []byte {
	if s.midLine {
		dst = append(dst, "\r\n"...)
	}
	return append(dst, ".\r\n"...)
}

// indexFrom finds c at or after a place; len(p) if there is none.
func indexFrom(p []byte, from int, c byte) int {
	if i := bytes.IndexByte(p[from:], c); i >= 0 {
		return from + i
	}
	return len(p)
}

// body is what of a transaction's message is still to leave.
type body struct {
	stuffer
	data []byte
	rest [][]byte
	left int // octets of both
}

func bodyOf(t *Transaction) body { return body{data: t.Data, rest: t.Rest, left: t.size()} }

// size is that of the message, in octets before stuffing.
func (t *Transaction) size() int {
	size := len(t.Data)
	for _, piece := range t.Rest {
		size += len(piece)
	}
	return size
}

// appendBlock takes off up to blockSize octets, stuffed. If there are no more than that, it takes
// all.
func (b *body) appendBlock(dst []byte) []byte {
	for room := blockSize; b.left > 0; {
		block, later := cutBlock(b.data, room)
		if len(block) == 0 && len(later) > 0 {
			break // the room is too small for a line end
		}
		dst = b.append(dst, block)
		room, b.left, b.data = room-len(block), b.left-len(block), later
		if len(later) > 0 {
			continue
		}
		if len(b.rest) == 0 {
			break
		}
		b.data, b.rest = b.rest[0], b.rest[1:]
	}
	return dst
}

// cutBlock takes off a block of at most size octets, and never cuts between CR and LF: it may take
// nothing if size is less than 2.
func cutBlock(data []byte, size int) (block, rest []byte) {
	n := min(len(data), size)
	if n > 0 && n < len(data) && data[n-1] == '\r' {
		n--
	}
	return data[:n], data[n:]
}
