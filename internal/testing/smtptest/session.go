package smtptest

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"
)

// idle is how long a client may be silent, RFC 5321 section 4.5.3.2.7.
const idle = 5 * time.Minute

// maxLine bounds a command line, in octets.
const maxLine = 4096

// readAhead is how much of a flight is read at once, in octets.
const readAhead = 128 << 10

var errHangUp = errors.New("hang up")

// session is one connection.
type session struct {
	srv  *Server
	id   int
	raw  net.Conn // beneath TLS
	conn net.Conn
	in   *bufio.Reader
	out  *bufio.Writer

	greeted  bool
	tls      bool
	user     string
	messages int // accepted on this connection

	mail       bool // a transaction is open
	spoiled    bool // MAIL or RCPT was refused, so what was sent in the same flight comes to nothing
	from       string
	mailParams string
	to         []string
	rcptParams []string

	traced *Transaction // from 354 on
	flight *Flight      // what the client is saying
	spoke  bool         // we have answered since it began
}

func newSession(s *Server, c net.Conn, id int) *session {
	x := &session{srv: s, id: id, raw: c}
	x.attach(c)
	return x
}

func (x *session) attach(c net.Conn) {
	m := meter{c, x}
	x.conn, x.in, x.out = c, bufio.NewReaderSize(m, readAhead), bufio.NewWriter(m)
}

// run serves until the client quits, the script hangs up or the network fails.
func (x *session) run() {
	defer x.forget()
	if x.srv.cfg.ImplicitTLS {
		if x.handshake() != nil {
			return
		}
	}
	if err := x.answer(Connect, 220, "", x.srv.cfg.Hostname+" ESMTP catcher"); err != nil {
		return
	}
	for {
		line, err := x.readLine()
		if err != nil {
			return
		}
		if err := x.command(line); err != nil {
			x.out.Flush()
			return
		}
	}
}

// readLine reads a command. A bare LF is no line end (RFC 5321 section 2.3.8).
func (x *session) readLine() (string, error) {
	if !x.lineBuffered() { // answers to pipelined commands go out together
		if err := x.out.Flush(); err != nil {
			return "", err
		}
	}
	_ = x.conn.SetDeadline(time.Now().Add(idle))
	var line []byte
	for {
		part, err := x.in.ReadSlice('\n')
		if err != nil {
			return "", err
		}
		line = append(line, part...)
		if len(line) > maxLine {
			return "", errHangUp
		}
		if bytes.HasSuffix(line, []byte("\r\n")) {
			break
		}
		x.bare(1)
	}
	text := string(line[:len(line)-2])
	if n := strings.Count(text, "\r"); n > 0 {
		x.bare(n)
	}
	return text, nil
}

// lineBuffered says whether a command can be read without waiting.
func (x *session) lineBuffered() bool {
	waiting, _ := x.in.Peek(x.in.Buffered()) // can't fail
	return bytes.IndexByte(waiting, '\n') >= 0
}

func (x *session) bare(n int) {
	if n > 0 {
		x.srv.store.count(func(st *Stats) { st.BareLineEnds += n })
	}
}

// command carries out one line.
func (x *session) command(line string) error {
	if strings.ContainsAny(line, "\r\n\x00") {
		return x.reply(500, "5.5.2", "Line ends with CRLF only")
	}
	verb, rest, _ := strings.Cut(line, " ")
	x.step(strings.ToUpper(verb))
	switch strings.ToUpper(verb) {
	case "EHLO", "HELO":
		return x.hello(strings.ToUpper(verb), rest)
	case "STARTTLS":
		return x.startTLS()
	case "AUTH":
		return x.auth(rest)
	case "MAIL":
		return x.mailFrom(rest)
	case "RCPT":
		return x.rcptTo(rest)
	case "DATA":
		return x.data()
	case "RSET":
		x.forget()
		return x.answer(Reset, 250, "2.0.0", "Ok")
	case "NOOP":
		return x.reply(250, "2.0.0", "Ok")
	case "QUIT":
		_ = x.reply(221, "2.0.0", "Bye")
		return errHangUp
	}
	return x.reply(500, "5.5.2", "Unknown command")
}

func (x *session) outOfOrder(what string) error {
	x.srv.store.count(func(st *Stats) { st.OutOfOrder++ })
	return x.reply(503, "5.5.1", what)
}

// tooEarly refuses RCPT or DATA. It isn't the client's fault if the command before was refused and
// the client had to send this one before it could know (RFC 2920).
func (x *session) tooEarly(what string) error {
	if x.spoiled && !x.lacks("PIPELINING") {
		return x.reply(503, "5.5.1", what)
	}
	return x.outOfOrder(what)
}

func (x *session) forget() {
	x.spoiled = false
	x.mail, x.from, x.mailParams, x.to, x.rcptParams = false, "", "", nil, nil
	x.srv.store.trace.change(x.traced, func(t *Transaction) { t.Ended = time.Now() })
	x.traced = nil
}

func (x *session) hello(verb, name string) error {
	if strings.TrimSpace(name) == "" {
		return x.reply(501, "5.5.4", "A name, please")
	}
	x.forget()
	x.greeted = true
	if verb == "HELO" {
		return x.answer(EHLO, 250, "", x.srv.cfg.Hostname)
	}
	return x.answer(EHLO, 250, "", strings.Join(append([]string{x.srv.cfg.Hostname}, x.keywords()...), "\n"))
}

func (x *session) keywords() []string {
	cfg := x.srv.cfg
	all := []string{"PIPELINING", fmt.Sprintf("SIZE %d", cfg.MaxSize), "8BITMIME", "SMTPUTF8", "DSN", "ENHANCEDSTATUSCODES"}
	all = slices.DeleteFunc(all, func(k string) bool {
		name, _, _ := strings.Cut(k, " ")
		return x.lacks(name)
	})
	if cfg.TLS != nil && !x.tls && !x.lacks("STARTTLS") {
		all = append(all, "STARTTLS")
	}
	if x.mayLogIn() {
		all = append(all, "AUTH "+strings.Join(cfg.Mechanisms, " "))
	}
	return all
}

func (x *session) lacks(keyword string) bool {
	return slices.Contains(x.srv.cfg.Without, keyword) || slices.Contains(x.srv.engine.Load().script.Without, keyword)
}

func (x *session) startTLS() error {
	if x.srv.cfg.TLS == nil || x.tls || x.lacks("STARTTLS") {
		return x.outOfOrder("STARTTLS not available")
	}
	if x.in.Buffered() > 0 {
		return x.reply(501, "5.5.2", "STARTTLS cannot be pipelined")
	}
	r, ok := x.srv.engine.Load().find(StartTLS)
	if ok && r.speaks() {
		return x.perform(r, 220, "2.0.0", "Go ahead")
	}
	x.sleep(r)
	x.write(220, "2.0.0", "Go ahead")
	_, _ = x.out.WriteString(x.srv.cfg.InjectAfterStartTLS)
	if err := x.out.Flush(); err != nil {
		return err
	}
	x.greeted = false // RFC 3207 section 4.2: everything is forgotten
	x.forget()
	return x.handshake()
}

func (x *session) handshake() error {
	_ = x.conn.SetDeadline(time.Now().Add(idle))
	c := tls.Server(x.conn, x.srv.cfg.TLS)
	if err := c.Handshake(); err != nil {
		return err
	}
	x.tls = true
	x.attach(c)
	return nil
}
