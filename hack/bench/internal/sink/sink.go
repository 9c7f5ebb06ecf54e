// Package sink is an SMTP server that takes everything. Unlike Postfix'
// smtp-sink it knows its recipients apart, and can keep the first messages.
package sink

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"hash/maphash"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
)

// Message is one that was kept.
type Message struct {
	// From and To are the envelope's.
	From, To string
	// Data is as it was sent, without dot-stuffing and the final dot.
	Data []byte
}

// Sink is a running server.
type Sink struct {
	listener net.Listener
	keep     int
	seed     maphash.Seed
	messages atomic.Int64

	mu   sync.Mutex
	seen map[uint64]struct{}
	kept []Message
}

// Start listens on addr and keeps the first messages whole.
func Start(ctx context.Context, addr string, keep int) (*Sink, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	s := &Sink{listener: l, keep: keep, seed: maphash.MakeSeed(), seen: map[uint64]struct{}{}}
	go s.serve()
	return s, nil
}

// Port that it listens on.
func (s *Sink) Port() int { return s.listener.Addr().(*net.TCPAddr).Port }

// Close ends it.
func (s *Sink) Close() { s.listener.Close() }

// Messages is how many were accepted.
func (s *Sink) Messages() int64 { return s.messages.Load() }

// Recipients is how many different ones they were for. They are told apart by
// a hash of 64 bits: of a million, two are taken for one with a chance of one
// in 37 million.
func (s *Sink) Recipients() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return int64(len(s.seen))
}

// Kept are the messages that were kept.
func (s *Sink) Kept() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.kept
}

func (s *Sink) serve() {
	for {
		conn, err := s.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue
		}
		go func() {
			defer conn.Close()
			c := session{sink: s, in: bufio.NewReaderSize(conn, 64<<10), out: bufio.NewWriterSize(conn, 4<<10)}
			_ = c.run() // a client that goes away ends its session
		}()
	}
}

func (s *Sink) accept(from, to string, data []byte) {
	s.messages.Add(1)
	key := maphash.String(s.seed, strings.ToLower(to))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen[key] = struct{}{}
	if len(s.kept) < s.keep {
		s.kept = append(s.kept, Message{From: from, To: to, Data: bytes.Clone(data)})
	}
}

// keeps says whether the next message has to be whole.
func (s *Sink) keeps() bool { return s.messages.Load() < int64(s.keep) }

type session struct {
	sink     *Sink
	in       *bufio.Reader
	out      *bufio.Writer
	from, to string
	data     []byte
}

// run answers commands. Replies wait in the buffer while there is more to
// read, as RFC 2920 section 3.2 asks of servers with pipelining.
func (c *session) run() error {
	c.say("220 bench-sink ESMTP")
	for {
		if c.in.Buffered() == 0 {
			if err := c.out.Flush(); err != nil {
				return err
			}
		}
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return err
		}
		if done, err := c.command(strings.TrimRight(string(line), "\r\n")); done || err != nil {
			return errors.Join(err, c.out.Flush())
		}
	}
}

func (c *session) command(line string) (done bool, err error) {
	verb := strings.ToUpper(line[:min(4, len(line))])
	switch verb {
	case "EHLO":
		c.say("250-bench-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-DSN\r\n250 ENHANCEDSTATUSCODES")
	case "HELO", "NOOP", "RSET":
		c.say("250 2.0.0 Ok")
	case "MAIL":
		c.from = path(line)
		c.say("250 2.1.0 Ok")
	case "RCPT":
		c.to = path(line)
		c.say("250 2.1.5 Ok")
	case "DATA":
		c.say("354 End data with <CR><LF>.<CR><LF>")
		if c.in.Buffered() == 0 {
			if err := c.out.Flush(); err != nil {
				return false, err
			}
		}
		if err := c.body(); err != nil {
			return false, err
		}
		c.sink.accept(c.from, c.to, c.data)
		c.say("250 2.0.0 Ok")
	case "QUIT":
		c.say("221 2.0.0 Bye")
		return true, nil
	default:
		c.say("502 5.5.2 Not here")
	}
	return false, nil
}

// body reads up to the final dot.
func (c *session) body() error {
	c.data = c.data[:0]
	keep := c.sink.keeps()
	start := true
	for {
		line, err := c.in.ReadSlice('\n')
		whole := err == nil
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			if errors.Is(err, io.EOF) {
				return io.ErrUnexpectedEOF
			}
			return err
		}
		if start && line[0] == '.' {
			if string(line) == ".\r\n" {
				return nil
			}
			line = line[1:]
		}
		if keep {
			c.data = append(c.data, line...)
		}
		start = whole
	}
}

func (c *session) say(reply string) {
	_, _ = c.out.WriteString(reply + "\r\n") // the error comes back at Flush
}

// path is what stands between the angle brackets of MAIL and RCPT.
func path(line string) string {
	_, rest, _ := strings.Cut(line, "<")
	address, _, _ := strings.Cut(rest, ">")
	return address
}
