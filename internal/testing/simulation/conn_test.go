package simulation

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

// link is one end of a connection in memory. Whoever waits on it waits on a
// channel, so that virtual time goes on.
type link struct {
	in, out *stream
	// gate is passed before and after each operation; it waits while the
	// process is frozen, and fails when it is dead.
	gate func() error

	mu       sync.Mutex
	closed   bool
	deadline time.Time
	wake     chan struct{}
}

// newLink makes the two ends of a connection with that much room in flight.
func newLink(window int, gate func() error) (client, server *link) {
	up, down := newStream(window), newStream(64<<10)
	free := func() error { return nil }
	return &link{in: down, out: up, gate: gate, wake: make(chan struct{})},
		&link{in: up, out: down, gate: free, wake: make(chan struct{})}
}

// state is what an operation has to heed beside the stream.
func (l *link) state() (deadline time.Time, wake chan struct{}, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return l.deadline, l.wake, net.ErrClosed
	}
	if !l.deadline.IsZero() && !time.Now().Before(l.deadline) {
		return l.deadline, l.wake, os.ErrDeadlineExceeded
	}
	return l.deadline, l.wake, nil
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

func (l *link) Read(p []byte) (int, error) {
	for {
		if err := l.gate(); err != nil {
			return 0, err
		}
		deadline, wake, err := l.state()
		if err != nil {
			return 0, err
		}
		l.in.mu.Lock()
		switch {
		case len(l.in.data) > 0:
			n := copy(p, l.in.data)
			l.in.data = l.in.data[n:]
			l.in.changed()
			l.in.mu.Unlock()
			return n, nil
		case l.in.broken:
			l.in.mu.Unlock()
			return 0, syscall.ECONNRESET
		case l.in.ended:
			l.in.mu.Unlock()
			return 0, io.EOF
		}
		changed := l.in.wake
		l.in.mu.Unlock()
		await(deadline, wake, changed)
	}
}

func (l *link) Write(p []byte) (int, error) {
	sent := 0
	for {
		if err := l.gate(); err != nil {
			return sent, err
		}
		if sent == len(p) {
			return sent, nil
		}
		deadline, wake, err := l.state()
		if err != nil {
			return sent, err
		}
		l.out.mu.Lock()
		if l.out.broken {
			l.out.mu.Unlock()
			return sent, syscall.EPIPE
		}
		if room := l.out.window - len(l.out.data); room > 0 {
			n := min(room, len(p)-sent)
			l.out.data = append(l.out.data, p[sent:sent+n]...)
			sent += n
			l.out.changed()
			l.out.mu.Unlock()
			if sent == len(p) {
				return sent, nil
			}
			continue
		}
		changed := l.out.wake
		l.out.mu.Unlock()
		await(deadline, wake, changed)
	}
}

// Close is what a kernel does for a process too, so it passes no gate. What
// was written before still arrives.
func (l *link) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return net.ErrClosed
	}
	l.closed = true
	close(l.wake)
	l.wake = make(chan struct{})
	l.out.end()
	l.in.reset(true) // who goes on writing gets a reset
	return nil
}

func (l *link) isClosed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.closed
}

func (l *link) SetDeadline(t time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.deadline = t
	close(l.wake)
	l.wake = make(chan struct{})
	return nil
}

func (l *link) SetReadDeadline(t time.Time) error  { return l.SetDeadline(t) }
func (l *link) SetWriteDeadline(t time.Time) error { return l.SetDeadline(t) }

type endpoint string

func (e endpoint) Network() string { return "tcp" }
func (e endpoint) String() string  { return string(e) }

func (l *link) LocalAddr() net.Addr  { return endpoint("sender") }
func (l *link) RemoteAddr() net.Addr { return endpoint("relay") }
