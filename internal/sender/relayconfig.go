package sender

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"syscall"
	"time"

	"crier.dev/crier/internal/connection"
	"crier.dev/crier/internal/transport"
)

// TransportConfig is how a relay is reached.
func TransportConfig(c connection.Connection, timeouts transport.Timeouts) transport.Config {
	return transport.Config{
		Host: c.Host, Port: c.Port, HELO: c.HELO,
		TLS: transport.TLSMode(c.TLS), ServerName: c.ServerName, CAPEM: c.CAPEM,
		ClientCertPEM: c.CertPEM, ClientKeyPEM: c.KeyPEM,
		Auth: transport.AuthMechanism(c.Auth), Username: c.Username, Password: c.Password,
		Timeouts: timeouts, Dialer: dialer(c.PrivateAddresses),
	}
}

var errForbiddenAddress = errors.New("the relay's address is one that relays may not have")

// dialer refuses the addresses behind which there is something else than a
// relay: this machine, and the link-local ones where clouds keep their
// metadata. It looks at the address that is connected to, so that a name that
// changes in between doesn't help.
func dialer(private bool) func(context.Context, string, string) (net.Conn, error) {
	d := &net.Dialer{KeepAlive: 30 * time.Second}
	if !private {
		d.Control = func(_, address string, _ syscall.RawConn) error {
			at, err := netip.ParseAddrPort(address)
			if err != nil {
				return err
			}
			ip := at.Addr().Unmap()
			if ip.IsLoopback() || ip.IsLinkLocalUnicast() || ip.IsMulticast() || ip.IsUnspecified() {
				return errForbiddenAddress
			}
			return nil
		}
	}
	return d.DialContext
}
