package remote

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/source"
	"crier.dev/crier/internal/smtp/dialguard"
)

func TestFailed(t *testing.T) {
	for _, c := range []struct {
		err  error
		kind source.Kind
		says string
	}{
		{&net.OpError{Op: "dial", Err: &dialguard.Refused{Kind: "a loopback address"}}, source.NotAllowed, "loopback"},
		{&net.DNSError{IsNotFound: true}, source.Unavailable, "doesn't know"},
		{&net.DNSError{IsTimeout: true}, source.Unavailable, "name server doesn't answer"},
		{&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}, source.Unavailable, "refuses"},
		{fmt.Errorf("dial: %w", context.DeadlineExceeded), source.Unavailable, "in time"},
		{&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}, source.Refused, "tls.caBundle"},
		{&tls.CertificateVerificationError{Err: x509.HostnameError{Certificate: &x509.Certificate{}}}, source.Refused, "tls.serverName"},
		{&tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: x509.Expired}}, source.Refused, "expired"},
		{tls.RecordHeaderError{}, source.Refused, "speak TLS"},
		{tls.AlertError(40), source.Refused, "handshake"},
		{errors.New("10.1.2.3 said something"), source.Unavailable, "no connection"},
	} {
		got := Failed("db.example.org", c.err)
		if got.Kind != c.kind || !strings.Contains(got.Message, c.says) || strings.Contains(got.Message, "10.1.2.3") {
			t.Errorf("%v: %v %q", c.err, got.Kind, got.Message)
		}
	}
}

func TestTLS(t *testing.T) {
	settings, err := TLS(crier.SourceTLS{}, "db.example.org")
	if err != nil || settings.ServerName != "db.example.org" || settings.RootCAs != nil || settings.InsecureSkipVerify {
		t.Errorf("%+v, %v", settings, err)
	}
	settings, err = TLS(crier.SourceTLS{ServerName: "other.example.org"}, "db.example.org")
	if err != nil || settings.ServerName != "other.example.org" {
		t.Errorf("%+v, %v", settings, err)
	}
	var problem *source.Problem
	if _, err = TLS(crier.SourceTLS{CABundle: "no PEM"}, "x"); !errors.As(err, &problem) || problem.Kind != source.Invalid {
		t.Errorf("a bundle without a certificate: %v", err)
	}
}

type oneSecret struct {
	source.Host
	data map[string][]byte
}

func (o oneSecret) Secret(_ context.Context, name, use string) (map[string][]byte, string, error) {
	if name != "login" || use != crier.UseSource {
		return nil, "", fmt.Errorf("asked for %s as %s", name, use)
	}
	return o.data, "1", nil
}

func TestCredentials(t *testing.T) {
	for _, c := range []struct{ password, says string }{
		{"secret", ""}, {"", "empty"}, {"hunter2\n", "line break"}, {"missing", "no key password"},
	} {
		data := map[string][]byte{"username": []byte("reader"), "password": []byte(c.password)}
		if c.password == "missing" {
			delete(data, "password")
		}
		values, err := Credentials(t.Context(), oneSecret{data: data}, "login", "username", "password")
		var problem *source.Problem
		switch {
		case c.says == "":
			if err != nil || values[0] != "reader" || values[1] != "secret" {
				t.Errorf("%v, %v", values, err)
			}
		case !errors.As(err, &problem) || problem.Kind != source.Invalid || !strings.Contains(problem.Message, c.says):
			t.Errorf("%q: %v", c.password, err)
		case strings.Contains(problem.Message, "hunter2"):
			t.Errorf("the password is in %q", problem.Message)
		}
	}
}
