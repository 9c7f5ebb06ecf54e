package handshake

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"testing"
)

func TestMishapOf(t *testing.T) {
	checked := func(err error) error { return fmt.Errorf("dial: %w", &tls.CertificateVerificationError{Err: err}) }
	for _, c := range []struct {
		err   error
		want  Mishap
		broke bool
	}{
		{checked(x509.HostnameError{Certificate: &x509.Certificate{}}), OtherName, true},
		{checked(x509.UnknownAuthorityError{}), UnknownAuthority, true},
		{checked(x509.CertificateInvalidError{Reason: x509.Expired}), OutOfDate, true},
		{checked(x509.CertificateInvalidError{Reason: x509.IncompatibleUsage}), OtherUse, true},
		{fmt.Errorf("dial: %w", tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}), NoTLS, true},
		{fmt.Errorf("dial: %w", tls.AlertError(40)), Failed, true},
		{errors.New("tls: no supported versions"), Failed, false},
		{io.ErrUnexpectedEOF, Failed, false},
	} {
		if got, broke := MishapOf(c.err), Broke(c.err); got != c.want || broke != c.broke {
			t.Errorf("%v: %q, broke %t", c.err, got, broke)
		}
	}
}
