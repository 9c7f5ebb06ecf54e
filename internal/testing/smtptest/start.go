package smtptest

import (
	"context"
	"net"

	"crier.dev/crier/internal/testing/memconn"
)

// TB is the part of testing.TB that is needed; the package stays out of programs' flags that way.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
	Cleanup(func())
}

// Start serves plain SMTP with a script on a free port of 127.0.0.1 until the test ends.
func Start(t TB, script Script) *Server {
	t.Helper()
	return StartConfig(t, Config{Script: script})
}

// StartConfig serves with any Config on a free port of 127.0.0.1 until the test ends.
func StartConfig(t TB, cfg Config) *Server {
	t.Helper()
	s, err := New(cfg)
	if err != nil {
		t.Fatalf("smtptest: %v", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("smtptest: %v", err)
	}
	s.serveUntil(t, l)
	return s
}

// StartInMemory serves until the test ends, and nobody but dial reaches it. It
// lives in virtual time if the test does.
func StartInMemory(t TB, cfg Config) (s *Server, dial func(ctx context.Context, network, address string) (net.Conn, error)) {
	t.Helper()
	s, err := New(cfg)
	if err != nil {
		t.Fatalf("smtptest: %v", err)
	}
	l := memconn.Listen()
	s.serveUntil(t, l)
	return s, l.Dial
}

func (s *Server) serveUntil(t TB, l net.Listener) {
	s.mu.Lock()
	s.listener = l
	s.mu.Unlock()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.Serve(l) // an error shows as refused connections in the test
	}()
	t.Cleanup(func() {
		s.Close()
		<-done
	})
}

// Addr is where the server listens, "" before it does.
func (s *Server) Addr() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener == nil {
		return ""
	}
	return s.listener.Addr().String()
}

// Port is the port of Addr, 0 before the server listens on TCP.
func (s *Server) Port() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener == nil {
		return 0
	}
	if a, ok := s.listener.Addr().(*net.TCPAddr); ok {
		return a.Port
	}
	return 0
}
