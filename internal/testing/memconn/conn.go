// Package memconn holds connections in memory: whoever waits on one waits on
// a channel, so that virtual time (testing/synctest) goes on.
package memconn

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// stream is one direction of a connection: what was written and not yet read.
type stream struct {
	mu     sync.Mutex
	data   []byte
	window int           // octets that fit
	ended  bool          // the writer has closed its side
	broken bool          // the connection was reset
	wake   chan struct{} // closed at the next change
}

func newStream(window int) *stream { return &stream{window: window, wake: make(chan struct{})} }

// changed must be called with the lock held.
func (s *stream) changed() {
	close(s.wake)
	s.wake = make(chan struct{})
}

func (s *stream) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	s.changed()
}

// reset breaks the direction off; what was not read yet may be lost with it.
// It says whether there was any.
func (s *stream) reset(lose bool) (lost bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = true
	if lose {
		lost = len(s.data) > 0
		s.data = nil
	}
	s.changed()
	return lost
}

// Conn is one end of a connection in memory.
type Conn struct {
	in, out *stream
	// gate is passed before and after each operation.
	gate func() error

	mu       sync.Mutex
	closed   bool
	deadline time.Time
	wake     chan struct{}
}

// New makes the two ends of a connection on which that many octets may be under
// way to the server. The gate is passed before and after each operation of the
// client: it may wait, or fail.
func New(window int, gate func() error) (client, server *Conn) {
	up, down := newStream(window), newStream(64<<10)
	free := func() error { return nil }
	return &Conn{in: down, out: up, gate: gate, wake: make(chan struct{})},
		&Conn{in: up, out: down, gate: free, wake: make(chan struct{})}
}

// state is what an operation has to heed beside the stream.
func (c *Conn) state() (deadline time.Time, wake chan struct{}, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return c.deadline, c.wake, net.ErrClosed
	}
	if !c.deadline.IsZero() && !time.Now().Before(c.deadline) {
		return c.deadline, c.wake, os.ErrDeadlineExceeded
	}
	return c.deadline, c.wake, nil
}

// await waits for a change of the stream, of the link, or for the deadline.
func await(deadline time.Time, wake, changed <-chan struct{}) {
	if deadline.IsZero() {
		select {
		case <-wake:
		case <-changed:
		}
		return
	}
	timer := time.NewTimer(time.Until(deadline))
	defer timer.Stop()
	select {
	case <-wake:
	case <-changed:
	case <-timer.C:
	}
}

// Read implements net.Conn.
func (c *Conn) Read(p []byte) (int, error) {
	for {
		if err := c.gate(); err != nil {
			return 0, err
		}
		deadline, wake, err := c.state()
		if err != nil {
			return 0, err
		}
		c.in.mu.Lock()
		switch {
		case len(c.in.data) > 0:
			n := copy(p, c.in.data)
			c.in.data = c.in.data[n:]
			c.in.changed()
			c.in.mu.Unlock()
			return n, nil
		case c.in.broken:
			c.in.mu.Unlock()
			return 0, syscall.ECONNRESET
		case c.in.ended:
			c.in.mu.Unlock()
			return 0, io.EOF
		}
		changed := c.in.wake
		c.in.mu.Unlock()
		await(deadline, wake, changed)
	}
}

// Write implements net.Conn.
func (c *Conn) Write(p []byte) (int, error) {
	sent := 0
	for {
		if err := c.gate(); err != nil {
			return sent, err
		}
		if sent == len(p) {
			return sent, nil
		}
		deadline, wake, err := c.state()
		if err != nil {
			return sent, err
		}
		c.out.mu.Lock()
		if c.out.broken {
			c.out.mu.Unlock()
			return sent, syscall.EPIPE
		}
		if room := c.out.window - len(c.out.data); room > 0 {
			n := min(room, len(p)-sent)
			c.out.data = append(c.out.data, p[sent:sent+n]...)
			sent += n
			c.out.changed()
			c.out.mu.Unlock()
			if sent == len(p) {
				return sent, nil
			}
			continue
		}
		changed := c.out.wake
		c.out.mu.Unlock()
		await(deadline, wake, changed)
	}
}

// Reset breaks the connection off, as this end does when it gives up: nothing
// more arrives here, and what the other one hasn't read yet may be lost to it.
// It says whether anything was.
func (c *Conn) Reset(lose bool) (lost bool) {
	lost = c.out.reset(lose)
	c.in.reset(true)
	return lost
}

// Close is what a kernel does for a process too, so it passes no gate. What
// was written before still arrives.
func (c *Conn) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return net.ErrClosed
	}
	c.closed = true
	close(c.wake)
	c.wake = make(chan struct{})
	c.out.end()
	c.in.reset(true) // who goes on writing gets a reset
	return nil
}

// IsClosed says whether this end was closed.
func (c *Conn) IsClosed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closed
}

// SetDeadline implements net.Conn.
func (c *Conn) SetDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deadline = t
	close(c.wake)
	c.wake = make(chan struct{})
	return nil
}

// SetReadDeadline sets the one deadline that there is.
func (c *Conn) SetReadDeadline(t time.Time) error { return c.SetDeadline(t) }

// SetWriteDeadline sets the one deadline that there is.
func (c *Conn) SetWriteDeadline(t time.Time) error { return c.SetDeadline(t) }

type endpoint string

func (e endpoint) Network() string { return "tcp" }
func (e endpoint) String() string  { return string(e) }

// LocalAddr implements net.Conn.
func (c *Conn) LocalAddr() net.Addr { return endpoint("sender") }

// RemoteAddr implements net.Conn.
func (c *Conn) RemoteAddr() net.Addr { return endpoint("relay") }
