package relay

import (
	"context"
	"crypto/tls"
	"net"
	"strings"
	"testing"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/delivery/handout"
	"crier.dev/crier/internal/smtp/dialguard"
	"crier.dev/crier/internal/testing/smtptest"
)

// certificate for 127.0.0.1, and for another name.
func certificate(t *testing.T, name string) (*tls.Config, []byte) {
	t.Helper()
	settings, ca, err := smtptest.SelfSigned(name)
	if err != nil {
		t.Fatal(err)
	}
	return settings, ca
}

func TestProbeAndJudge(t *testing.T) {
	good, ca := certificate(t, "127.0.0.1")
	other, otherCA := certificate(t, "mail.example.org")
	users := map[string]string{"crier": "secret"}
	rules := func(r smtptest.Rule) smtptest.Script { return smtptest.Script{Rules: []smtptest.Rule{r}} }
	const hostile = "SECRET-BANNER"
	for _, c := range []struct {
		name    string
		server  smtptest.Config
		c       handout.Relay
		strict  bool
		reason  string
		message string
	}{
		{name: "plain", c: handout.Relay{TLS: "None"}, reason: crier.ReasonRelayReachable, message: "is not encrypted"},
		{name: "login", server: smtptest.Config{TLS: good, Users: users},
			c:      handout.Relay{TLS: "StartTLS", CAPEM: ca, Auth: "Auto", Username: "crier", Password: "secret"},
			reason: crier.ReasonRelayReachable, message: "accepted the login"},
		{name: "wrong password", server: smtptest.Config{TLS: good, Users: users},
			c:      handout.Relay{TLS: "StartTLS", CAPEM: ca, Auth: "Auto", Username: "crier", Password: "wrong"},
			reason: crier.ReasonAuthenticationFailed, message: "refused the user name or password with 535"},
		{name: "login later", server: smtptest.Config{TLS: good, Users: users, Script: rules(smtptest.Rule{Phase: smtptest.Auth, Code: 454, Enhanced: "4.7.0"})},
			c:      handout.Relay{TLS: "StartTLS", CAPEM: ca, Auth: "Plain", Username: "crier", Password: "secret"},
			reason: crier.ReasonRelayRefused, message: "can't accept logins now (454 4.7.0)"},
		{name: "no such mechanism", server: smtptest.Config{TLS: good, Users: users},
			c:      handout.Relay{TLS: "StartTLS", CAPEM: ca, Auth: "XOAuth2", Username: "crier", Password: "secret"},
			reason: crier.ReasonMechanismNotAvailable, message: "Choose another auth.mechanism"},
		{name: "rounds that give the password away", // the challenge has i=1
			server: smtptest.Config{TLS: good, Users: users, Mechanisms: []string{"SCRAM-SHA-256", "PLAIN"},
				Script: rules(smtptest.Rule{Phase: smtptest.Auth, Raw: "334 cj14LHM9YzJGc2RBPT0saT0x\r\n"})},
			c:      handout.Relay{TLS: "StartTLS", CAPEM: ca, Auth: "Auto", Username: "crier", Password: "secret"},
			reason: crier.ReasonMechanismNotAvailable, message: "fewer than 4,096 rounds"},
		{name: "no STARTTLS", c: handout.Relay{TLS: "StartTLS", CAPEM: ca}, reason: crier.ReasonTLSFailed, message: "tls.mode: Implicit"},
		{name: "unknown authority", server: smtptest.Config{TLS: good},
			c:      handout.Relay{TLS: "StartTLS", CAPEM: otherCA},
			reason: crier.ReasonTLSFailed, message: "signed by an unknown authority. Set tls.caBundle to the certificate authority"},
		{name: "another name", server: smtptest.Config{TLS: other},
			c:      handout.Relay{TLS: "StartTLS", CAPEM: otherCA},
			reason: crier.ReasonTLSFailed, message: "the certificate is for another name"},
		{name: "implicit", server: smtptest.Config{TLS: good, ImplicitTLS: true},
			c: handout.Relay{TLS: "Implicit", CAPEM: ca}, reason: crier.ReasonRelayReachable},
		{name: "implicit asked of a plain server", server: smtptest.Config{},
			c: handout.Relay{TLS: "Implicit", CAPEM: ca}, reason: crier.ReasonTLSFailed, message: "tls.mode: StartTLS"},
		{name: "turned away", server: smtptest.Config{Script: rules(smtptest.Rule{Phase: smtptest.Connect, Code: 554, Enhanced: "5.7.1", Text: hostile})},
			c: handout.Relay{TLS: "None"}, reason: crier.ReasonRelayRefused, message: "refused Crier with 554 5.7.1"},
		{name: "loopback", strict: true, c: handout.Relay{TLS: "None"},
			reason: crier.ReasonAddressNotAllowed, message: "resolves to a loopback address"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := smtptest.StartConfig(t, c.server)
			c.c.Host, c.c.Port, c.c.HELO = "127.0.0.1", s.Port(), "crier.example.gov"
			found := Session{Guard: dialguard.Guard{AllowPrivate: !c.strict}}.Probe(t.Context(), c.c)
			spec := crier.RelaySpec{Host: c.c.Host, Port: int32(c.c.Port), TLS: crier.RelayTLS{Mode: crier.TLSMode(c.c.TLS)}}
			if c.c.Auth != "" {
				spec.Auth = &crier.RelayAuth{}
			}
			reason, message := judge(found, spec)
			if reason != c.reason || !strings.Contains(message, c.message) {
				t.Errorf("got %s %q, want %s with %q", reason, message, c.reason, c.message)
			}
			if strings.Contains(message, hostile) || strings.Contains(message, "secret") {
				t.Errorf("%q shows what it must not", message)
			}
			if c.strict && s.Stats().Connections != 0 {
				t.Error("the connection was made all the same")
			}
			if reason == crier.ReasonRelayReachable && (len(found.Capabilities) == 0 || found.Size == 0) {
				t.Errorf("capabilities %v, size %d", found.Capabilities, found.Size)
			}
		})
	}
}

func TestProbeWithoutServer(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := closed.Addr().(*net.TCPAddr).Port
	closed.Close()
	p := Session{Guard: dialguard.Guard{AllowPrivate: true}}
	for _, c := range []struct{ host, message string }{
		{"127.0.0.1", "is refused"},
		{"does-not-exist.invalid", "resolved"}, // or "There is no address", where a name server is at hand
	} {
		found := p.Probe(t.Context(), handout.Relay{Host: c.host, Port: port, HELO: "crier.example.gov", TLS: "None"})
		reason, message := judge(found, crier.RelaySpec{Host: c.host, Port: int32(port)})
		if reason != crier.ReasonRelayUnreachable || !strings.Contains(message, c.message) && !strings.Contains(message, "There is no address") {
			t.Errorf("%s: %s %q", c.host, reason, message)
		}
	}
}

// A server that isn't one for mail must not have its words shown.
func TestProbeOfAnotherService(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Write([]byte("-ERR INTERNAL-TOKEN\r\n"))
			conn.Close()
		}
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	port := l.Addr().(*net.TCPAddr).Port
	found := Session{Guard: dialguard.Guard{AllowPrivate: true}}.Probe(ctx, handout.Relay{Host: "127.0.0.1", Port: port, HELO: "c.example", TLS: "None"})
	reason, message := judge(found, crier.RelaySpec{Host: "127.0.0.1", Port: int32(port)})
	if reason != crier.ReasonRelayRefused || strings.Contains(message, "TOKEN") {
		t.Errorf("%s %q", reason, message)
	}
}
