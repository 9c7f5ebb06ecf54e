package transport

import (
	"context"
	"crypto/tls"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/wneessen/go-mail/smtp"

	"crier.dev/crier/internal/smtp/outcome"
)

// Conn is a session with a relay, ready for transactions. It is not safe for concurrent use.
type Conn struct {
	client   *smtp.Client
	link     *lockstep // beneath TLS: closing it cuts the session without a word
	leash    leash
	times    Timeouts
	keywords []string
	features features
	usable   bool
	closing  sync.Once

	limit, level Level
	announced    *Transaction // its MAIL, RCPT and DATA have left, their replies have not been read
	owed         string       // what ends the last transaction, still to be said before the next MAIL
	unheard      string       // the same once it has been said, until its reply has been read
	out          []byte       // the flight being made
}

// Dial opens a session: TCP, TLS, greeting, EHLO, login. It fails without sending credentials when
// the connection is not encrypted. Cancelling ctx cuts it short; ctx has no hold on the Conn later.
func Dial(ctx context.Context, cfg Config) (*Conn, *Failure) {
	cfg.Timeouts = cfg.Timeouts.withDefaults()
	if cfg.Pipelining < LevelOff || cfg.Pipelining > LevelAcross {
		cfg.Pipelining = LevelAcross
	}
	settings, failure := check(cfg)
	if failure != nil {
		return nil, failure
	}
	link, failure := connect(ctx, cfg)
	if failure != nil {
		return nil, failure
	}
	stop := context.AfterFunc(ctx, func() { link.Close() })
	c, failure := open(ctx, cfg, settings, link)
	if !stop() && failure == nil {
		failure = refuse(outcome.PhaseEHLO, outcome.FaultCanceled, "")
	}
	if failure != nil {
		link.Close()
		return nil, failure
	}
	return c, nil
}

// check refuses what can't work, or must not, before anything is sent.
func check(cfg Config) (*tls.Config, *Failure) {
	local := func(reason string) (*tls.Config, *Failure) {
		return nil, refuse(outcome.PhaseConnect, outcome.FaultLocal, reason)
	}
	switch {
	case cfg.Host == "" || cfg.Port < 1 || cfg.Port > 65535:
		return local("host and port are required")
	case cfg.HELO == "" || strings.ContainsAny(cfg.HELO, " \r\n\t\x00"):
		return local("a HELO name without blanks is required")
	case cfg.Auth != AuthNone && cfg.TLS == TLSNone:
		return local("credentials are never sent without TLS")
	case strings.ContainsAny(cfg.Username+cfg.Password, "\r\n\x00"):
		return local("user name or password contains a line break or NUL")
	}
	switch cfg.TLS {
	case TLSNone:
		return nil, nil
	case TLSStartTLS, TLSImplicit:
		settings, err := tlsSettings(cfg)
		if err != nil {
			return local(err.Error())
		}
		return settings, nil
	}
	return local("unknown TLS mode")
}

func connect(ctx context.Context, cfg Config) (*lockstep, *Failure) {
	dial := cfg.Dialer
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	}
	dialing, cancel := context.WithTimeout(ctx, cfg.Timeouts.Connect)
	defer cancel()
	link, err := dial(dialing, "tcp", net.JoinHostPort(cfg.Host, strconv.Itoa(cfg.Port)))
	if err != nil {
		return nil, failed(ctx, outcome.PhaseConnect, err)
	}
	return newLockstep(link), nil
}

// open goes from a bare connection to a session.
func open(ctx context.Context, cfg Config, settings *tls.Config, link *lockstep) (*Conn, *Failure) {
	c := &Conn{link: link, leash: leash{link: link}, times: cfg.Timeouts, limit: cfg.Pipelining}
	server := net.Conn(link)
	if cfg.TLS == TLSImplicit {
		c.wait(cfg.Timeouts.Connect)
		secured := tls.Client(link, settings)
		if err := secured.HandshakeContext(ctx); err != nil {
			return nil, failedTLS(ctx, outcome.PhaseConnect, err)
		}
		server = secured
		link.turn(maxReply) // the greeting's; it comes unasked
	}
	c.wait(cfg.Timeouts.Greeting)
	client, err := smtp.NewClient(server, cfg.Host)
	if err != nil {
		return nil, failed(ctx, outcome.PhaseGreeting, err)
	}
	ears := &keywordTap{}
	client.SetLogger(ears)
	client.SetDebugLog(true)
	c.wait(cfg.Timeouts.Command)
	if err := client.Hello(cfg.HELO); err != nil {
		return nil, failed(ctx, outcome.PhaseEHLO, err)
	}
	if cfg.TLS == TLSStartTLS {
		c.wait(cfg.Timeouts.Command)
		if failure := startTLS(ctx, client, settings); failure != nil {
			return nil, failure
		}
	}
	if cfg.Auth != AuthNone {
		c.wait(cfg.Timeouts.Command)
		if failure := logIn(ctx, client, cfg, func() { link.Close() }); failure != nil {
			return nil, failure
		}
	}
	client.SetDebugLog(false)
	c.client, c.keywords, c.usable = client, ears.keywords, true
	c.learnFeatures()
	c.level = c.firstLevel()
	link.flow.open = true
	return c, nil
}

// Capabilities are the EHLO keywords with their parameters as the server sent them after TLS,
// sorted; empty for a server that knows only HELO. They are a stranger's words, made printable.
func (c *Conn) Capabilities() []string { return slices.Clone(c.keywords) }

// SizeLimit is the largest message that the server takes, in octets (RFC 1870); 0 if it names none.
func (c *Conn) SizeLimit() int64 {
	_, value := c.client.Extension("SIZE")
	first, _, _ := strings.Cut(value, " ")
	limit, err := strconv.ParseInt(first, 10, 64)
	if err != nil || limit < 0 {
		return 0
	}
	return limit
}

// Usable says whether another transaction may be begun.
func (c *Conn) Usable() bool { return c.usable }

// Close says QUIT if the session is in order, and closes the connection. It never waits for longer
// than Timeouts.Quit. A transaction that was only announced is cut off before its message. The error
// is of no consequence for any message.
func (c *Conn) Close() error {
	var err error
	c.closing.Do(func() {
		if c.usable && c.announced == nil {
			err = c.quit()
		}
		c.usable, c.announced = false, nil
		c.leash.drop()
		if cerr := c.link.Close(); err == nil {
			err = cerr
		}
	})
	return err
}

// quit waits for the reply to QUIT, so that the server sees an orderly end, and for that end, so
// that a connection opened after this one is never one too many.
func (c *Conn) quit() error {
	c.link.until(c.times.Quit)
	c.out = append(append(c.out[:0], c.owed...), "QUIT\r\n"...)
	err := c.write(c.out)
	if err == nil && c.owed+c.unheard != "" {
		_, err = c.readOne(false)
	}
	if err == nil {
		_, err = c.readOne(false)
	}
	if err == nil {
		c.link.until(c.times.End)
		_, _ = c.client.Text.R.Peek(1) // until the server has closed: only then it counts one less
	}
	return err
}
