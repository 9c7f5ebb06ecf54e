package smtptest

import (
	"crypto/x509"
	"testing"
)

func poolOf(t *testing.T, ca []byte) *x509.CertPool {
	t.Helper()
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca) {
		t.Fatal("no certificate in the PEM")
	}
	return pool
}

func TestSelfSignedNames(t *testing.T) {
	settings, ca, err := SelfSigned("127.0.0.1", "catcher.test")
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(settings.Certificates[0].Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"127.0.0.1": true, "catcher.test": true, "other.test": false} {
		_, err := leaf.Verify(x509.VerifyOptions{DNSName: name, Roots: poolOf(t, ca)})
		if (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
}
