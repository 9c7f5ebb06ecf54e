package ldap

import (
	"errors"
	"net"
	"sync/atomic"
)

// The library takes a message apart as a whole, for more than a kilobyte a
// value, so what one message may have is bounded here: a directory is a
// stranger. An entry has far less; a group without ranges may have as much.
const (
	maxMessage  = 8 << 20 // octets
	maxElements = 50_000
)

var (
	errTooLarge  = errors.New("a message is too large")
	errMalformed = errors.New("a message is not BER as RFC 4511, section 5.1 has it")
)

// frames is a connection that looks at the lengths in what it reads, and ends
// at a message that has too much. Only the definite form of length is allowed.
type frames struct {
	net.Conn
	failed atomic.Pointer[error]

	state    frameState
	compound bool  // the element whose length is being read has elements
	length   int64 // what is known of that length
	octets   int   // of the length that are still to come
	skip     int64 // octets of a value that are still to come
	left     int64 // octets of the message that are still to come
	inside   bool  // of a message
	elements int
}

type frameState int

const (
	atTag frameState = iota
	inTag
	atLength
	inLength
	inValue
)

// Read reads, and returns what is within bounds.
func (f *frames) Read(p []byte) (int, error) {
	n, err := f.Conn.Read(p)
	if bad := f.look(p[:n]); bad != nil {
		f.failed.Store(&bad)
		return 0, bad
	}
	return n, err
}

// err is what was wrong with a message, or nil.
func (f *frames) err() error {
	if bad := f.failed.Load(); bad != nil {
		return *bad
	}
	return nil
}

func (f *frames) look(p []byte) error {
	for len(p) > 0 {
		if f.state == inValue {
			n := min(f.skip, int64(len(p)))
			f.skip, f.left, p = f.skip-n, f.left-n, p[n:]
			f.after()
			continue
		}
		b := p[0]
		p = p[1:]
		if f.inside {
			if f.left--; f.left < 0 {
				return errMalformed
			}
		}
		if err := f.header(b); err != nil {
			return err
		}
	}
	return nil
}

// header takes one octet of a tag or a length.
func (f *frames) header(b byte) error {
	switch f.state {
	case atTag:
		f.compound = b&0x20 != 0
		f.state = atLength
		if b&0x1f == 0x1f {
			f.state = inTag
		}
	case inTag:
		if b&0x80 == 0 {
			f.state = atLength
		}
	case atLength:
		f.length, f.octets = int64(b), 0
		if b >= 0x80 {
			f.length, f.octets = 0, int(b&0x7f)
		}
		if f.octets > 8 || b == 0x80 {
			return errMalformed
		}
		f.state = inLength
	case inLength:
		f.length, f.octets = f.length<<8|int64(b), f.octets-1
		if f.length < 0 || f.length > maxMessage {
			return errTooLarge
		}
	}
	if f.state == inLength && f.octets == 0 {
		return f.element()
	}
	return nil
}

// element begins one whose length is known.
func (f *frames) element() error {
	if !f.inside {
		f.inside, f.left, f.elements, f.state = true, f.length, 0, atTag
		if !f.compound {
			return errMalformed
		}
		f.after()
		return nil
	}
	if f.elements++; f.elements > maxElements {
		return errTooLarge
	}
	if f.length > f.left {
		return errMalformed
	}
	f.state = atTag
	if !f.compound && f.length > 0 {
		f.state, f.skip = inValue, f.length
	}
	f.after()
	return nil
}

// after sees the end of a value and of a message.
func (f *frames) after() {
	if f.state == inValue && f.skip == 0 {
		f.state = atTag
	}
	if f.left == 0 && f.state == atTag {
		f.inside = false
	}
}
