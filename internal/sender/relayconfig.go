package sender

import (
	"os"

	"crier.dev/crier/internal/connection"
	"crier.dev/crier/internal/dialguard"
	"crier.dev/crier/internal/transport"
)

// TransportConfig is how a relay is reached. What a relay's name resolves to
// is looked at when it is dialled: behind loopback and link-local addresses
// there are other things than relays.
func TransportConfig(c connection.Connection, timeouts transport.Timeouts) transport.Config {
	guard := dialguard.Guard{AllowPrivate: c.PrivateAddresses, APIServer: os.Getenv("KUBERNETES_SERVICE_HOST")}
	return transport.Config{
		Host: c.Host, Port: c.Port, HELO: c.HELO,
		TLS: transport.TLSMode(c.TLS), ServerName: c.ServerName, CAPEM: c.CAPEM,
		ClientCertPEM: c.CertPEM, ClientKeyPEM: c.KeyPEM,
		Auth: transport.AuthMechanism(c.Auth), Username: c.Username, Password: c.Password,
		Timeouts: timeouts, Dialer: guard.DialContext,
	}
}

func (w *worker) transport(c connection.Connection) transport.Config {
	config := TransportConfig(c, w.Timeouts)
	if w.Dial != nil {
		config.Dialer = w.Dial
	}
	return config
}
