package transport

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"crier.dev/crier/internal/smtp/outcome"
	"crier.dev/crier/internal/testing/smtptest"
)

// short keeps a server that never answers from holding up the tests.
var short = Timeouts{
	Connect: 2 * time.Second, Greeting: 2 * time.Second, Command: 2 * time.Second, Data: 2 * time.Second,
	Block: 2 * time.Second, Dot: 2 * time.Second, Reset: time.Second, Quit: time.Second,
}

func plainConfig(s *smtptest.Server) Config {
	return Config{Host: "127.0.0.1", Port: s.Port(), TLS: TLSNone, HELO: "me.test", Timeouts: short}
}

func mustDial(t *testing.T, cfg Config) *Conn {
	t.Helper()
	c, failure := Dial(t.Context(), cfg)
	if failure != nil {
		t.Fatalf("dial: %v", failure)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

const secret = "s3cret-Pa55"

// secured starts a server with TLS and one user, and gives a Config that fits it.
func secured(t *testing.T, change func(*smtptest.Config)) (*smtptest.Server, Config) {
	t.Helper()
	settings, ca, err := smtptest.SelfSigned("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	cfg := smtptest.Config{TLS: settings, RequireTLS: true, Users: map[string]string{"u": secret}}
	if change != nil {
		change(&cfg)
	}
	s := smtptest.StartConfig(t, cfg)
	client := plainConfig(s)
	client.TLS, client.CAPEM, client.Auth = TLSStartTLS, ca, AuthAuto
	client.Username, client.Password = "u", secret
	return s, client
}

func TestSessionsOverTLS(t *testing.T) {
	cases := map[string]struct {
		server func(*smtptest.Config)
		client func(*Config)
	}{
		"STARTTLS auto": {},
		"implicit": {func(s *smtptest.Config) { s.ImplicitTLS = true },
			func(c *Config) { c.TLS = TLSImplicit }},
		"plain": {nil, func(c *Config) { c.Auth = AuthPlain }},
		"login": {func(s *smtptest.Config) { s.Mechanisms = []string{"LOGIN"} }, nil},
		"xoauth2": {func(s *smtptest.Config) { s.Mechanisms = []string{"XOAUTH2"} },
			func(c *Config) { c.Auth = AuthXOAuth2 }},
		"external": {func(s *smtptest.Config) { s.Mechanisms = []string{"EXTERNAL"} },
			func(c *Config) { c.Auth, c.Username, c.Password = AuthExternal, "", "" }},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			s, cfg := secured(t, test.server)
			if test.client != nil {
				test.client(&cfg)
			}
			if cfg.Auth == AuthExternal {
				cfg.ClientCertPEM, cfg.ClientKeyPEM = clientPair(t)
			}
			c := mustDial(t, cfg)
			if got := c.Send(t.Context(), one(toB, []byte("x\r\n"), proceed), nil); outcome.Classify(got).State != outcome.Accepted {
				t.Errorf("send: %+v", got)
			}
			if m := s.Messages(""); len(m) != 1 || !m[0].TLS || m[0].User == "" {
				t.Errorf("stored %+v", m)
			}
		})
	}
}

func clientPair(t *testing.T) (cert, key []byte) {
	t.Helper()
	settings, cert, err := smtptest.SelfSigned("client.test")
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(settings.Certificates[0].PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	return cert, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func TestDialFailures(t *testing.T) {
	rule := func(r smtptest.Rule) func(*smtptest.Config) {
		return func(s *smtptest.Config) { s.Script.Rules = []smtptest.Rule{r} }
	}
	cases := map[string]struct {
		server func(*smtptest.Config)
		client func(*Config)
		phase  outcome.Phase
		fault  outcome.Fault
		code   int
	}{
		"login without TLS": {client: func(c *Config) { c.TLS = TLSNone }, phase: outcome.PhaseConnect, fault: outcome.FaultLocal},
		"no HELO":           {client: func(c *Config) { c.HELO = "" }, phase: outcome.PhaseConnect, fault: outcome.FaultLocal},
		"nobody there":      {client: func(c *Config) { c.Port = 1 }, phase: outcome.PhaseConnect, fault: outcome.FaultConnectionLost},
		"421 greeting":      {server: rule(smtptest.Rule{Phase: smtptest.Connect, Code: 421}), phase: outcome.PhaseGreeting, code: 421},
		"554 greeting":      {server: rule(smtptest.Rule{Phase: smtptest.Connect, Code: 554}), phase: outcome.PhaseGreeting, code: 554},
		"greeting drop":     {server: rule(smtptest.Rule{Phase: smtptest.Connect, Drop: smtptest.DropBefore}), phase: outcome.PhaseGreeting, fault: outcome.FaultConnectionLost},
		"greeting late": {rule(smtptest.Rule{Phase: smtptest.Connect, Delay: smtptest.Duration(5 * time.Second)}),
			func(c *Config) { c.Timeouts.Greeting = 50 * time.Millisecond }, outcome.PhaseGreeting, outcome.FaultTimeout, 0},
		"EHLO 421":      {server: rule(smtptest.Rule{Phase: smtptest.EHLO, Code: 421}), phase: outcome.PhaseEHLO, code: 421},
		"EHLO 550":      {server: rule(smtptest.Rule{Phase: smtptest.EHLO, Code: 550}), phase: outcome.PhaseEHLO, code: 550},
		"EHLO drop":     {server: rule(smtptest.Rule{Phase: smtptest.EHLO, Drop: smtptest.DropBefore}), phase: outcome.PhaseEHLO, fault: outcome.FaultConnectionLost},
		"STARTTLS 454":  {server: rule(smtptest.Rule{Phase: smtptest.StartTLS, Code: 454}), phase: outcome.PhaseStartTLS, code: 454},
		"STARTTLS drop": {server: rule(smtptest.Rule{Phase: smtptest.StartTLS, Drop: smtptest.DropBefore}), phase: outcome.PhaseStartTLS, fault: outcome.FaultConnectionLost},
		"no STARTTLS":   {server: func(s *smtptest.Config) { s.TLS = nil }, phase: outcome.PhaseStartTLS, fault: outcome.FaultTLS},
		"injection":     {server: func(s *smtptest.Config) { s.InjectAfterStartTLS = "250 injected\r\n" }, phase: outcome.PhaseStartTLS, fault: outcome.FaultProtocol},
		"unknown CA":    {client: func(c *Config) { c.CAPEM = nil }, phase: outcome.PhaseStartTLS, fault: outcome.FaultTLS},
		"wrong name":    {client: func(c *Config) { c.ServerName = "other.test" }, phase: outcome.PhaseStartTLS, fault: outcome.FaultTLS},
		"implicit, unknown CA": {func(s *smtptest.Config) { s.ImplicitTLS = true },
			func(c *Config) { c.TLS, c.CAPEM = TLSImplicit, nil }, outcome.PhaseConnect, outcome.FaultTLS, 0},
		"AUTH 535":     {client: func(c *Config) { c.Password = "wrong-" + secret }, phase: outcome.PhaseAuth, code: 535},
		"AUTH 454":     {server: rule(smtptest.Rule{Phase: smtptest.Auth, Code: 454, Text: "what is " + secret}), phase: outcome.PhaseAuth, code: 454},
		"AUTH 421":     {server: rule(smtptest.Rule{Phase: smtptest.Auth, Code: 421}), phase: outcome.PhaseAuth, code: 421},
		"AUTH drop":    {server: rule(smtptest.Rule{Phase: smtptest.Auth, Drop: smtptest.DropBefore}), phase: outcome.PhaseAuth, fault: outcome.FaultConnectionLost},
		"no mechanism": {client: func(c *Config) { c.Auth = AuthScramSHA256 }, phase: outcome.PhaseAuth, fault: outcome.FaultLocal},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, cfg := secured(t, test.server)
			if test.client != nil {
				test.client(&cfg)
			}
			c, failure := Dial(t.Context(), cfg)
			if failure == nil {
				c.Close()
				t.Fatal("no failure")
			}
			got := failure.Event
			if got.Phase != test.phase || got.Fault != test.fault || got.Reply.Code != test.code {
				t.Errorf("got %+v (%v)", got, failure)
			}
			if o := outcome.Classify(got); o.State != outcome.NotTried || o.Scope != outcome.ScopeRelay || o.CountsAttempt {
				t.Errorf("outcome %+v", o)
			}
			if text := failure.Error() + got.Reply.Text; strings.Contains(text, secret) {
				t.Errorf("the secret shows: %s", text)
			}
		})
	}
}

func TestCancelledDial(t *testing.T) {
	s := smtptest.Start(t, smtptest.Script{Rules: []smtptest.Rule{{Phase: smtptest.EHLO, Delay: smtptest.Duration(5 * time.Second)}}})
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	start := time.Now()
	_, failure := Dial(ctx, plainConfig(s))
	if failure == nil || failure.Event.Fault != outcome.FaultCanceled || time.Since(start) > time.Second {
		t.Errorf("failure %v after %s", failure, time.Since(start))
	}
}

func TestNotSMTP(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = c.Write([]byte("HTTP/1.1 400 banner\r\n"))
			c.Close()
		}
	}()
	_, failure := Dial(t.Context(), Config{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, TLS: TLSNone, HELO: "me.test", Timeouts: short})
	if failure == nil || failure.Event.Fault != outcome.FaultProtocol {
		t.Fatalf("failure %v", failure)
	}
	if strings.Contains(failure.Error()+failure.Event.Reply.Text, "banner") {
		t.Errorf("the banner shows: %v", failure)
	}
}

func TestCapabilities(t *testing.T) {
	s, cfg := secured(t, func(s *smtptest.Config) { s.MaxSize = 12345; s.Without = []string{"DSN"} })
	c := mustDial(t, cfg)
	want := []string{"8BITMIME", "AUTH PLAIN LOGIN", "ENHANCEDSTATUSCODES", "PIPELINING", "SIZE 12345", "SMTPUTF8"}
	if got := c.Capabilities(); !slices.Equal(got, want) {
		t.Errorf("capabilities %q", got)
	}
	if got := c.SizeLimit(); got != 12345 {
		t.Errorf("size limit %d", got)
	}
	if err := c.Close(); err != nil || c.Usable() {
		t.Errorf("close: %v", err)
	}
	if s.Stats().OutOfOrder != 0 {
		t.Error("a command was out of order")
	}
}

func TestOwnDialerDecides(t *testing.T) {
	s := smtptest.Start(t, smtptest.Script{})
	cfg := plainConfig(s)
	asked := ""
	cfg.Host = "relay.test"
	cfg.Dialer = func(ctx context.Context, network, addr string) (net.Conn, error) {
		asked = addr
		return (&net.Dialer{}).DialContext(ctx, network, s.Addr())
	}
	mustDial(t, cfg)
	if !strings.HasPrefix(asked, "relay.test:") {
		t.Errorf("dialled %q", asked)
	}
}
