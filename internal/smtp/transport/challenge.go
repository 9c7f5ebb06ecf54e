package transport

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/wneessen/go-mail/smtp"
)

// Rounds of SCRAM that are done for a server. Fewer than RFC 5802 section 5.1 and RFC 7677 section 4
// name, which are also the default of Dovecot, Cyrus SASL and Exim, would make the password easy to
// guess for whoever stands in for the server. More than a million cost seconds of a processor and
// guard nothing: recommendations for stored passwords are at 600,000.
const (
	minRounds = 4096
	maxRounds = 1_000_000
)

// maxChallenges bounds a login; SCRAM has the most, three.
const maxChallenges = 6

var (
	errFewRounds      = errors.New("the server asks for fewer than 4,096 rounds of SCRAM, which would give the password away")
	errManyRounds     = errors.New("the server asks for more than 1,000,000 rounds of SCRAM")
	errScram          = errors.New("the server's SCRAM challenge is malformed")
	errManyChallenges = errors.New("the server's login has no end")
)

// challenges answers a server's challenges in bounds: go-mail counts neither challenges nor rounds,
// and knows no context. What is refused closes the connection, so that nobody waits for a server's
// last words about it.
type challenges struct {
	smtp.Auth
	scram   bool
	done    <-chan struct{} // of the Dial
	hangUp  func()
	heard   int
	derived bool // one derivation a login
}

func bounded(ctx context.Context, mechanism smtp.Auth, hangUp func()) *challenges {
	return &challenges{Auth: mechanism, done: ctx.Done(), hangUp: hangUp}
}

// Start implements smtp.Auth.
func (c *challenges) Start(server *smtp.ServerInfo) (string, []byte, error) {
	name, first, err := c.Auth.Start(server)
	c.scram = strings.HasPrefix(name, "SCRAM-")
	return name, first, err
}

// Next implements smtp.Auth.
func (c *challenges) Next(said []byte, more bool) ([]byte, error) {
	if !more {
		return c.Auth.Next(said, false)
	}
	if c.heard++; c.heard > maxChallenges {
		return c.refuse(errManyChallenges)
	}
	if !c.scram || !bytes.HasPrefix(said, []byte("r=")) {
		return c.Auth.Next(said, true)
	}
	if c.derived {
		return c.refuse(errScram)
	}
	c.derived = true
	if err := roundsOf(said); err != nil {
		return c.refuse(err)
	}
	return c.derive(said)
}

func (c *challenges) refuse(err error) ([]byte, error) {
	c.hangUp()
	return nil, err
}

// roundsOf judges a server-first-message (RFC 5802 section 7) by the field in which go-mail looks for
// the rounds.
func roundsOf(said []byte) error {
	fields := bytes.Split(said, []byte(","))
	if len(fields) < 3 || !bytes.HasPrefix(fields[2], []byte("i=")) {
		return errScram
	}
	rounds, err := strconv.ParseUint(string(fields[2][2:]), 10, 64)
	switch {
	case errors.Is(err, strconv.ErrRange), err == nil && rounds > maxRounds:
		return errManyRounds
	case err != nil:
		return errScram
	case rounds < minRounds:
		return errFewRounds
	}
	return nil
}

// derive makes the proof, which may take a second, and returns when the Dial has ended: nobody may be
// held up by a server for longer than they have patience.
func (c *challenges) derive(said []byte) ([]byte, error) {
	type proof struct {
		text []byte
		err  error
	}
	made := make(chan proof, 1)
	go func() {
		text, err := c.Auth.Next(said, true)
		made <- proof{text, err}
	}()
	select {
	case p := <-made:
		return p.text, p.err
	case <-c.done:
		return c.refuse(context.Canceled)
	}
}
