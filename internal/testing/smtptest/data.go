package smtptest

import "time"

// received is a message as it came off the wire.
type received struct {
	data   []byte // dots unstuffed
	bare   int    // lone CR and LF
	tooBig bool   // more than MaxSize; the rest was read and dropped
}

// readData reads up to CRLF.CRLF, and nothing else, as the end (RFC 5321 section 4.1.1.4).
func (x *session) readData() (received, error) {
	var b received
	lineStart, stuffed := true, false // stuffed: this line began with a dot that is taken off
	line := 0                         // octets of this line so far, without a stuffing dot
	prev := byte(0)
	for n := 0; ; n++ {
		if n%4096 == 0 {
			_ = x.conn.SetDeadline(time.Now().Add(idle))
		}
		c, err := x.in.ReadByte()
		if err != nil {
			return b, err
		}
		if lineStart {
			lineStart, line, stuffed = false, 0, c == '.'
			prev = 0
			if stuffed {
				continue
			}
		}
		if prev == '\r' && c != '\n' {
			b.bare++
		}
		if c == '\n' && prev != '\r' {
			b.bare++
		}
		b.put(c, x.srv.cfg.MaxSize)
		line++
		if c == '\n' && prev == '\r' {
			if stuffed && line == 2 {
				b.dropLineEnd()
				return b, nil
			}
			lineStart = true
		}
		prev = c
	}
}

func (b *received) put(c byte, limit int) {
	if len(b.data) > limit+2 {
		b.tooBig = true
		return
	}
	b.data = append(b.data, c)
}

// dropLineEnd takes off the CRLF that ended the lone dot.
func (b *received) dropLineEnd() {
	if !b.tooBig {
		b.data = b.data[:len(b.data)-2]
	}
}
