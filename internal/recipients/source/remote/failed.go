package remote

import (
	"context"
	"errors"
	"net"
	"syscall"

	"crier.dev/crier/internal/recipients/source"
	"crier.dev/crier/internal/smtp/dialguard"
	"crier.dev/crier/internal/smtp/handshake"
)

// Failed explains a connection to host that didn't come about. It says what to
// do without quoting the certificate or an address that a name stands for.
func Failed(host string, err error) *source.Problem {
	var refused *dialguard.Refused
	var name *net.DNSError
	switch {
	case errors.As(err, &refused):
		return source.Say(source.NotAllowed, "%s can't be read: %s, which isn't allowed for a source.", host, refused.Error())
	case errors.As(err, &name) && name.IsNotFound:
		return source.Say(source.Unavailable, "The name server doesn't know %s; check the name.", host)
	case errors.As(err, &name):
		return source.Say(source.Unavailable, "The name server doesn't answer for %s.", host)
	case errors.Is(err, syscall.ECONNREFUSED):
		return source.Say(source.Unavailable, "%s refuses the connection; check host and port, and that the server is running.", host)
	case handshake.Broke(err):
		return source.Say(source.Refused, "The connection to %s is not trusted: %s.", host, untrusted(err))
	case timedOut(err):
		return source.Say(source.Unavailable, "%s doesn't answer in time; check host, port, and what a firewall or a NetworkPolicy lets through.", host)
	}
	return source.Say(source.Unavailable, "There is no connection to %s; check host and port, and that the server speaks TLS there.", host)
}

func timedOut(err error) bool {
	var slow net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &slow) && slow.Timeout()
}

// advice is what to do about the mishaps that the source's own settings mend.
var advice = map[handshake.Mishap]string{
	handshake.OtherName:        "; connect by a name in it, or set tls.serverName",
	handshake.UnknownAuthority: "; put that into tls.caBundle",
}

func untrusted(err error) string {
	mishap := handshake.MishapOf(err)
	return string(mishap) + advice[mishap]
}
