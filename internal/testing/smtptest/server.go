package smtptest

import (
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"sync/atomic"
)

// Config is what doesn't change while the server runs. The zero value serves plain SMTP without
// STARTTLS or login.
type Config struct {
	// Addr is where ListenAndServe listens, for example "127.0.0.1:0". Required there.
	Addr string
	// Hostname is the name in greeting and EHLO; "catcher.test" if empty.
	Hostname string
	// TLS offers STARTTLS; see SelfSigned.
	TLS *tls.Config
	// ImplicitTLS begins every connection with a handshake.
	ImplicitTLS bool
	// RequireTLS answers 530 to MAIL without TLS.
	RequireTLS bool
	// Users are name and password; any makes the server offer AUTH (over TLS only) and require it.
	Users map[string]string
	// Mechanisms are offered in AUTH; PLAIN and LOGIN if empty. XOAUTH2 (the password is the token)
	// and EXTERNAL (any client certificate) are known too.
	Mechanisms []string
	// Without removes EHLO keywords: PIPELINING, SIZE, 8BITMIME, SMTPUTF8, DSN, ENHANCEDSTATUSCODES.
	Without []string
	// MaxSize is the SIZE limit in octets; 32 MiB if 0.
	MaxSize int
	// BareLineEnds is how many lone CR or LF a message may hold before it is refused.
	BareLineEnds int
	// Keep bounds memory: only the last so many messages are kept whole; 0 keeps all. The counters
	// and the last answer of every recipient stay.
	Keep int
	// InjectAfterStartTLS is sent in plain text right behind the answer to STARTTLS.
	InjectAfterStartTLS string
	// OnAccept is called after each accepted message, from the connection's goroutine.
	OnAccept func(Message)
	Script   Script
}

// Server is a running or ready server.
type Server struct {
	cfg    Config
	store  *store
	engine atomic.Pointer[engine]
	users  atomic.Pointer[map[string]string] // nil: cfg.Users

	mu       sync.Mutex
	listener net.Listener
	conns    map[net.Conn]struct{}
	closed   bool
	wg       sync.WaitGroup
}

// New makes a server that doesn't listen yet. It fails if the script is wrong.
func New(cfg Config) (*Server, error) {
	if cfg.Hostname == "" {
		cfg.Hostname = "catcher.test"
	}
	if cfg.MaxSize <= 0 {
		cfg.MaxSize = 32 << 20
	}
	if len(cfg.Mechanisms) == 0 {
		cfg.Mechanisms = []string{"PLAIN", "LOGIN"}
	}
	if cfg.ImplicitTLS && cfg.TLS == nil {
		return nil, errors.New("implicit TLS needs a certificate")
	}
	s := &Server{cfg: cfg, store: newStore(cfg.Keep), conns: map[net.Conn]struct{}{}}
	return s, s.SetScript(cfg.Script)
}

// SetScript replaces the rules and their counters for every command to come.
func (s *Server) SetScript(script Script) error {
	e, err := compile(script)
	if err != nil {
		return err
	}
	s.engine.Store(e)
	return nil
}

// ListenAndServe listens on Config.Addr and serves until Close.
func (s *Server) ListenAndServe() error {
	if s.cfg.Addr == "" {
		return errors.New("no address to listen on")
	}
	l, err := net.Listen("tcp", s.cfg.Addr)
	if err != nil {
		return err
	}
	return s.Serve(l)
}

// Serve serves connections of l until Close, which makes it return nil.
func (s *Server) Serve(l net.Listener) error {
	s.mu.Lock()
	s.listener = l
	closed := s.closed
	s.mu.Unlock()
	if closed {
		return l.Close()
	}
	for {
		c, err := l.Accept()
		if err != nil {
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.closed {
				return nil
			}
			return err
		}
		if !s.track(c) {
			c.Close()
			return nil
		}
		go func() {
			defer s.wg.Done()
			s.handle(c)
		}()
	}
}

func (s *Server) track(c net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.conns[c] = struct{}{}
	s.wg.Add(1)
	return true
}

func (s *Server) handle(c net.Conn) {
	id := s.store.opened()
	closed := s.store.trace.opened(id, c)
	defer func() {
		// Counted before it is closed: who waits for the end must not be
		// counted twice when it comes back at once.
		closed()
		s.store.count(func(st *Stats) { st.Open-- })
		c.Close()
		s.mu.Lock()
		delete(s.conns, c)
		s.mu.Unlock()
	}()
	newSession(s, c, id).run()
}

// Close stops listening, cuts every connection and waits for their goroutines.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	var err error
	if s.listener != nil {
		err = s.listener.Close()
	}
	for c := range s.conns {
		c.Close()
	}
	s.mu.Unlock()
	s.wg.Wait()
	return err
}

// Stats copies the counters.
func (s *Server) Stats() Stats { return s.store.snapshot() }

// Messages copies the kept messages in order of acceptance; of one recipient unless rcpt is "".
func (s *Server) Messages(rcpt string) []Message { return s.store.list(rcpt) }

// Log copies the reply log, oldest first; at most the last 200,000 lines.
func (s *Server) Log() []Entry { return s.store.entries() }

// Reset forgets messages, counters and log, and begins the script's counters anew.
func (s *Server) Reset() {
	s.store.reset()
	fresh, _ := compile(s.engine.Load().script) // it compiled before
	s.engine.Store(fresh)
}
