package relay

import (
	"context"
	"net"
	"time"

	"crier.dev/crier/internal/delivery/handout"
	"crier.dev/crier/internal/smtp/dialguard"
	"crier.dev/crier/internal/smtp/transport"
)

// second is the precision of times in the API.
const second = time.Second

// probeTime bounds a probe as a whole. Slow greetings are common: some
// servers make strangers wait 30 s.
const probeTime = 90 * time.Second

// Session probes with a real SMTP session. It sends no message.
type Session struct{ Guard dialguard.Guard }

// Probe implements Prober.
func (p Session) Probe(ctx context.Context, c handout.Relay) Finding {
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	var found Finding
	conn, failure := transport.Dial(ctx, transport.Config{
		Host: c.Host, Port: c.Port, TLS: transport.TLSMode(c.TLS), ServerName: c.ServerName,
		CAPEM: c.CAPEM, ClientCertPEM: c.CertPEM, ClientKeyPEM: c.KeyPEM, HELO: c.HELO,
		Auth: transport.AuthMechanism(c.Auth), Username: c.Username, Password: c.Password,
		Timeouts: transport.Timeouts{Connect: 10 * time.Second, Greeting: 45 * time.Second, Command: 30 * time.Second},
		Dialer: func(ctx context.Context, network, address string) (net.Conn, error) {
			link, err := p.Guard.DialContext(ctx, network, address)
			found.Dial = err
			return link, err
		},
	})
	if failure != nil {
		found.Failure = failure
		return found
	}
	defer conn.Close()
	found.Capabilities, found.Size = conn.Capabilities(), conn.SizeLimit()
	return found
}
