package remote

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"syscall"

	"crier.dev/crier/internal/recipients/source"
	"crier.dev/crier/internal/smtp/dialguard"
)

// Failed explains a connection to host that didn't come about. It says what to
// do without quoting the certificate or an address that a name stands for.
func Failed(host string, err error) *source.Problem {
	var refused *dialguard.Refused
	var name *net.DNSError
	switch {
	case errors.As(err, &refused):
		return source.Say(source.NotAllowed, "%s can't be read: %s, which no source may have.", host, refused.Error())
	case errors.As(err, &name) && name.IsNotFound:
		return source.Say(source.Unavailable, "The name server doesn't know %s; check the name.", host)
	case errors.As(err, &name):
		return source.Say(source.Unavailable, "The name server doesn't answer for %s.", host)
	case errors.Is(err, syscall.ECONNREFUSED):
		return source.Say(source.Unavailable, "%s refuses the connection; check host and port, and that the server is running.", host)
	case isTLS(err):
		return source.Say(source.Refused, "The connection to %s is not trusted: %s.", host, tlsReason(err))
	case timedOut(err):
		return source.Say(source.Unavailable, "%s doesn't answer in time; check host, port, and what a firewall or a NetworkPolicy lets through.", host)
	}
	return source.Say(source.Unavailable, "There is no connection to %s; check host and port, and that the server speaks TLS there.", host)
}

func timedOut(err error) bool {
	var slow net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &slow) && slow.Timeout()
}

func isTLS(err error) bool {
	var verification *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	return errors.As(err, &verification) || errors.As(err, &record) || errors.As(err, &alert)
}

func tlsReason(err error) string {
	var name x509.HostnameError
	var authority x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &name):
		return "its certificate is for another name; connect by a name that it has, or give tls.serverName"
	case errors.As(err, &authority):
		return "its certificate is signed by an unknown authority; put that into tls.caBundle"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "its certificate has expired or is not yet valid"
	case errors.As(err, &invalid):
		return "its certificate is not valid for a server"
	case errors.As(err, &record):
		return "it doesn't speak TLS there"
	}
	return "the TLS handshake failed"
}
