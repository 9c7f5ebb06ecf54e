package transport

import (
	"bufio"
	"errors"
	"net"
)

// maxReply bounds what a server may say to one command, in octets; go-mail itself sets no bound.
const maxReply = 64 << 10

var (
	errOutOfTurn    = errors.New("the server spoke before it was asked")
	errReplyTooLong = errors.New("the server's reply is too long")
)

// tlsHandshakeRecord is the first octet of a TLS ClientHello (RFC 8446 section 5.1). No SMTP
// command begins with it.
const tlsHandshakeRecord = 0x16

// lockstep is a connection in which the two sides take turns until the session is open. While it is
// in plain text it hands out one line at a time, and refuses to write while lines are left over. So
// replies that somebody slipped in behind the answer to STARTTLS break the session instead of being
// taken for the words of the authenticated server (the plain-text injection of CVE-2011-0411 and its
// family). Over TLS it only counts.
//
// Once the session is open (see flow), replies may come in groups; Conn knows how many it waits for.
type lockstep struct {
	net.Conn
	in   *bufio.Reader
	tls  bool
	said int // octets read since our last write
	flow flow
}

func newLockstep(c net.Conn) *lockstep {
	return &lockstep{Conn: c, in: bufio.NewReader(c)}
}

// Read hands out at most one line in plain text.
func (l *lockstep) Read(p []byte) (int, error) {
	if l.flow.open {
		l.armRead()
		return l.in.Read(p)
	}
	if l.tls {
		return l.in.Read(p)
	}
	if l.said > maxReply {
		return 0, errReplyTooLong
	}
	n := 0
	for n < len(p) {
		if n > 0 && l.in.Buffered() == 0 {
			break
		}
		c, err := l.in.ReadByte()
		if err != nil {
			return n, err
		}
		p[n] = c
		n++
		if c == '\n' {
			break
		}
	}
	l.said += n
	return n, nil
}

// Write begins our turn. The first TLS record ends the plain text.
func (l *lockstep) Write(p []byte) (int, error) {
	switch {
	case l.flow.corked:
		l.flow.held = append(l.flow.held, p...)
		return len(p), nil
	case l.flow.open:
		return l.put(p)
	}
	if !l.tls {
		if l.in.Buffered() > 0 {
			return 0, errOutOfTurn
		}
		l.tls = len(p) > 0 && p[0] == tlsHandshakeRecord
	}
	l.said = 0
	return l.Conn.Write(p)
}
