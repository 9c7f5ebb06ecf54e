package simulation

import (
	"bufio"
	"errors"
	"io"
	"regexp"
	"strings"
	"time"

	"crier.dev/crier/internal/testing/memconn"
)

// session is the relay's end of one connection.
type session struct {
	relay  *relay
	name   string
	from   *container
	near   *memconn.Conn
	link   *memconn.Conn
	window int
	*dice
	in   *bufio.Reader
	to   *person
	mail bool
	// body is true from the go-ahead for a message until its verdict has left.
	body     bool
	messages int
}

// errCut ends a session.
var errCut = errors.New("cut")

func (s *session) serve() {
	w := s.relay.w
	s.in = bufio.NewReader(s.link)
	err := s.greet()
	for err == nil {
		err = s.command()
	}
	if s.body {
		s.relay.mayBeSilent(1)
		w.tell(s.name, "ends in the middle of a message: %v", err)
	}
	_ = s.link.Close() // nobody is told
}

// cut ends the connection the hard way or the soft one.
func (s *session) cut() error {
	if s.body {
		s.relay.mayBeSilent(1)
		s.body = false
	}
	if s.chance(0.5) {
		if s.link.Reset(s.chance(0.5)) {
			s.relay.mayBeSilent(1) // a verdict may be among it
		}
	}
	return errCut
}

// say writes a reply, sometimes of several lines or in pieces.
func (s *session) say(reply string) error {
	w := s.relay.w
	time.Sleep(s.between(w.plan.replyMin, w.plan.replyMax))
	if !w.calm() && s.chance(w.plan.noise/4) {
		pause := of(s.dice, 20*time.Second, s.between(time.Second, time.Minute), s.between(5*time.Minute, 15*time.Minute))
		w.tell(s.name, "stalls for %v before %s", pause, reply)
		if s.body && pause > 4*time.Minute {
			s.relay.mayBeSilent(1)
		}
		time.Sleep(pause)
	}
	code, text := reply[:3], reply[4:]
	if s.chance(0.05) {
		reply = code + "-" + text + "\r\n" + code + " " + text
	}
	_ = s.link.SetDeadline(time.Now().Add(5 * time.Minute))
	_, err := io.WriteString(s.link, reply+"\r\n")
	return err
}

func (s *session) greet() error {
	switch s.relay.down() {
	case "421":
		_ = s.say("421 4.3.2 Closed")
		return errCut
	case "silent":
		time.Sleep(s.between(time.Minute, 7*time.Minute))
		return errCut
	case "554":
		_ = s.say("554 5.3.2 Go away")
		return errCut
	}
	return s.say("220 relay.example ESMTP")
}

func (s *session) line() (string, error) {
	_ = s.link.SetDeadline(time.Now().Add(5 * time.Minute))
	text, err := s.in.ReadString('\n')
	return strings.TrimRight(text, "\r\n"), err
}

var pathOf = regexp.MustCompile(`<([^>]*)>`)

func (s *session) command() error {
	text, err := s.line()
	if err != nil {
		return err
	}
	verb, _, _ := strings.Cut(strings.ToUpper(text), " ")
	verb, _, _ = strings.Cut(verb, ":")
	switch verb {
	case "EHLO", "HELO":
		return s.say2(s.relay.w.plan.capabilities)
	case "MAIL":
		return s.begin()
	case "RCPT":
		return s.recipient(pathOf.FindStringSubmatch(text)[1])
	case "DATA":
		return s.data()
	case "RSET":
		s.mail, s.to = false, nil
		return s.say("250 2.0.0 Forgotten")
	case "QUIT":
		_ = s.say("221 2.0.0 Bye")
		return errCut
	case "NOOP":
		return s.say("250 2.0.0 Fine")
	}
	s.relay.w.wrong("%s said %q", s.name, verb)
	return s.say("500 5.5.2 What?")
}

// say2 answers EHLO.
func (s *session) say2(capabilities []string) error {
	lines := "250-relay.example\r\n"
	for i, c := range capabilities {
		mark := "-"
		if i == len(capabilities)-1 {
			mark = " "
		}
		lines += "250" + mark + c + "\r\n"
	}
	_, err := io.WriteString(s.link, lines)
	return err
}

// noise is what may go wrong at any command: done says that it was answered.
func (s *session) noise(phase string) (done bool, err error) {
	w := s.relay.w
	if how := s.relay.down(); how != "" {
		if how == "421" || how == "554" {
			_ = s.say("421 4.3.2 Shutting down")
		}
		return true, s.cut()
	}
	if w.calm() || !s.chance(w.plan.noise) {
		return false, nil
	}
	trouble := of(s.dice, "421", "drop", "reset", "450 4.3.2 Not now", "451 4.7.1 Try again later", "452 4.5.3 Quota",
		"454 4.7.0 Hm", "garbage", "550 5.7.1 I don't like it", "554 5.3.0 Sick")
	w.tell(s.name, "%s at %s", trouble, phase)
	switch trouble {
	case "421":
		if s.body {
			s.relay.mayBeSilent(1) // the reply may be lost with the connection
		}
		if err := s.say("421 4.3.0 Bye"); err != nil {
			return true, err
		}
		s.body = false
		return true, s.cut()
	case "drop", "reset":
		return true, s.cut()
	case "garbage":
		if s.body {
			s.relay.mayBeSilent(1)
			s.body = false
		}
		_, err := io.WriteString(s.link, "what 250 ok\r\n")
		return true, err
	}
	if strings.HasPrefix(trouble, "5") && !s.chance(0.2) {
		return false, nil // for good is rarer than for now
	}
	err = s.say(trouble)
	s.body = false
	return true, err
}

func (s *session) begin() error {
	plan := &s.relay.w.plan
	s.to, s.mail = nil, false
	if plan.perConnection > 0 && s.messages >= plan.perConnection {
		_ = s.say("421 4.7.0 That is enough for one connection")
		return errCut
	}
	if done, err := s.noise("MAIL"); done {
		return err
	}
	s.mail = true
	return s.say("250 2.1.0 Go on")
}

func (s *session) recipient(address string) error {
	r := s.relay
	if !s.mail {
		return s.say("503 5.5.1 MAIL first")
	}
	p := r.person(address)
	if p == nil {
		r.w.wrong("a stranger was written to: %s", address)
		return s.say("550 5.1.1 Who?")
	}
	if done, err := s.noise("RCPT"); done {
		return err
	}
	if r.w.denied() {
		r.w.tell(s.name, "denies %s", address)
		r.mu.Lock()
		r.refused++
		r.mu.Unlock()
		return s.say("554 5.7.1 <" + address + ">: Relay access denied")
	}
	for _, q := range r.w.plan.quotas {
		if q.covers(r.w.now()) {
			return s.say("452 4.5.3 Quota exceeded")
		}
	}
	r.mu.Lock()
	if p.first.IsZero() {
		p.first = r.w.now()
	}
	p.tries++
	grey := p.fate == greylisted && r.w.now().Sub(p.first) < r.w.plan.greylisting
	r.mu.Unlock()
	switch {
	case grey, p.fate == nobody, p.fate == full, p.fate == busy:
		return s.say(string(p.fate))
	}
	s.to = p
	return s.say("250 2.1.5 Go on")
}

func (s *session) data() error {
	if s.to == nil {
		if s.chance(0.3) {
			return s.loneDot()
		}
		return s.say("503 5.5.1 RCPT first")
	}
	if done, err := s.noise("DATA"); done {
		return err
	}
	s.body = true
	if err := s.say("354 Go on"); err != nil {
		return err
	}
	text, err := s.message()
	if err != nil {
		return err
	}
	s.messages++
	p := s.to
	s.to, s.mail = nil, false
	s.relay.shown(p, s.from, text)
	return s.verdict(p)
}

// loneDot is what some servers do after a refused RCPT: they want a message
// all the same.
func (s *session) loneDot() error {
	if err := s.say("354 Go on"); err != nil {
		return err
	}
	text, err := s.message()
	if err != nil {
		return err
	}
	if text != "" {
		s.relay.w.wrong("%s sent a message to nobody", s.name)
	}
	return s.say("554 5.5.1 No valid recipients")
}

// message reads up to the lone dot.
func (s *session) message() (string, error) {
	var text strings.Builder
	for n := 0; ; n++ {
		line, err := s.line()
		if err != nil {
			if errors.Is(err, io.EOF) {
				s.body = false // the sender has closed before its end
			}
			return "", err
		}
		if line == "." {
			return text.String(), nil
		}
		if s.to != nil && s.to.fate == poison && n == 6 {
			s.relay.w.tell(s.name, "hangs up in the body for %s", s.to.address)
			return "", s.cut()
		}
		text.WriteString(strings.TrimPrefix(line, "."))
		text.WriteString("\r\n")
	}
}

// verdict answers the end of a message.
func (s *session) verdict(p *person) error {
	r := s.relay
	switch p.fate {
	case mute:
		r.take(p, s.from)
		r.w.tell(s.name, "took the message for %s and hangs up", p.address)
		return s.cut()
	case dropped:
		r.w.tell(s.name, "hangs up after the message for %s", p.address)
		return s.cut()
	case spam:
		return s.judged(string(spam))
	}
	// A relay may lose its connection on either side of taking the message.
	if s.chance(0.5) {
		if done, err := s.noise("the dot"); done {
			return err
		}
		r.take(p, s.from)
		return s.judged("250 2.0.0 Queued")
	}
	r.take(p, s.from)
	if w := r.w; !w.calm() && s.chance(w.plan.noise) {
		w.tell(s.name, "took the message for %s and its answer is lost", p.address)
		return s.cut()
	}
	return s.judged("250 2.0.0 Queued")
}

func (s *session) judged(reply string) error {
	err := s.say(reply)
	if err == nil {
		s.body = false
	}
	return err
}
