package transport

import "time"

// keepHeld is how large a buffer for TLS records is kept for the next flight, in octets.
const keepHeld = 2 * blockSize

// flow is what a connection does once the session is open: every flight of ours is one write, and
// each wait has its own time-out.
type flow struct {
	open    bool
	corked  bool
	held    []byte // TLS records of the present flight
	taken   int    // octets of the present flight that the kernel took
	reading pace
	writing pace
}

// pace is a deadline that is moved only if it matters: moving one costs as much as parsing a reply.
type pace struct {
	budget  time.Duration // for the present step
	running bool          // the step has begun to wait
	at      time.Time     // as set on the connection
}

func (p *pace) expect(d time.Duration) { p.budget, p.running = d, false }

// due gives the deadline to set when a step begins to wait. A step gets its whole budget, and at
// most a sixteenth more.
func (p *pace) due() (time.Time, bool) {
	if p.running {
		return time.Time{}, false
	}
	p.running = true
	now, grace := time.Now(), p.budget/16
	if left := p.at.Sub(now); left >= p.budget && left <= p.budget+grace {
		return time.Time{}, false
	}
	p.at = now.Add(p.budget + grace)
	return p.at, true
}

func (l *lockstep) armRead() {
	if at, due := l.flow.reading.due(); due {
		_ = l.SetReadDeadline(at) // fails only on a dead link, which the read tells
	}
}

// put writes and counts.
func (l *lockstep) put(p []byte) (int, error) {
	if at, due := l.flow.writing.due(); due {
		_ = l.SetWriteDeadline(at)
	}
	n, err := l.Conn.Write(p)
	l.flow.taken += n
	return n, err
}

// cork begins a flight that must be written within d. TLS makes records of at most 16 KiB of it;
// they are held back so that they leave in one write.
func (l *lockstep) cork(d time.Duration) {
	l.flow.taken, l.flow.corked = 0, l.tls
	l.flow.writing.expect(d)
}

// uncork ends the flight.
func (l *lockstep) uncork(err error) error {
	l.flow.corked = false
	if err == nil && len(l.flow.held) > 0 {
		_, err = l.put(l.flow.held)
	}
	if l.flow.held = l.flow.held[:0]; cap(l.flow.held) > keepHeld {
		l.flow.held = nil
	}
	return err
}

// until sets one deadline for everything to come.
func (l *lockstep) until(d time.Duration) {
	_ = l.SetDeadline(time.Now().Add(d))
	l.flow.reading.running, l.flow.writing.running = true, true
}

// write sends a flight: one write to the kernel, also over TLS.
func (c *Conn) write(p []byte) error {
	c.link.cork(c.times.Block)
	w := c.client.Text.W // empty between flights, so whatever the size it is handed on whole
	_, err := w.Write(p)
	if err == nil {
		err = w.Flush()
	}
	return c.link.uncork(err)
}

// pending is how many octets of replies have been read off the connection and not yet looked at.
func (c *Conn) pending() int { return c.client.Text.R.Buffered() + c.link.unread() }

// unread counts what waits beneath the session in plain text. Over TLS it isn't replies.
func (l *lockstep) unread() int {
	if l.tls {
		return 0
	}
	return l.in.Buffered()
}
