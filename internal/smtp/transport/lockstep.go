package transport

import (
	"bufio"
	"errors"
	"net"
)

// What a server may say in one turn, in octets; go-mail itself sets no bound. Over TLS its records are
// counted, which are never less than what is in them: crypto/tls knows no compression.
const (
	maxReply     = 64 << 10
	maxHandshake = 320 << 10 // crypto/tls bounds certificates, the most of it, at 256 KiB
	// In all turns together: with a KeyUpdate (RFC 8446 section 4.6.3) a server makes crypto/tls write, and
	// beneath TLS that looks like a turn of ours.
	maxOpening = 1 << 20
)

var (
	errOutOfTurn    = errors.New("the server spoke before it was asked")
	errReplyTooLong = errors.New("the server's reply is too long")
)

// First octets of TLS records (RFC 8446 section 5.1). No SMTP command begins with that of a ClientHello.
const (
	tlsHandshakeRecord = 0x16
	tlsDataRecord      = 0x17
)

// lockstep is a connection in which the two sides take turns until the session is open. While it is
// in plain text it hands out one line at a time, and refuses to write while lines are left over. So
// replies that somebody slipped in behind the answer to STARTTLS break the session instead of being
// taken for the words of the authenticated server (the plain-text injection of CVE-2011-0411 and its
// family). What the other side may say in a turn is bounded, over TLS as well.
//
// Once the session is open (see flow), replies may come in groups; Conn knows how many it waits for.
type lockstep struct {
	net.Conn
	in   *bufio.Reader
	tls  bool
	said int // octets read since our last write
	most int // of them that may be
	all  int // octets read until the session is open
	flow flow
}

func newLockstep(c net.Conn) *lockstep {
	return &lockstep{Conn: c, in: bufio.NewReader(c), most: maxReply}
}

// Read hands out at most one line in plain text.
func (l *lockstep) Read(p []byte) (int, error) {
	if l.flow.open {
		l.armRead()
		return l.in.Read(p)
	}
	if l.said > l.most || l.all > maxOpening {
		return 0, errReplyTooLong
	}
	if l.tls {
		n, err := l.in.Read(p)
		l.heard(n)
		return n, err
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
	l.heard(n)
	return n, nil
}

func (l *lockstep) heard(n int) { l.said, l.all = l.said+n, l.all+n }

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
	if l.tls && len(p) > 0 && p[0] != tlsDataRecord {
		l.turn(maxHandshake)
	} else {
		l.turn(maxReply)
	}
	return l.Conn.Write(p)
}

// turn gives the other side its turn.
func (l *lockstep) turn(most int) { l.said, l.most = 0, most }
