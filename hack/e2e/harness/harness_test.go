package harness

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"strings"
	"testing"
	"time"

	"crier.dev/crier/internal/smtptest"
)

func TestTallyLeavesOutStrangers(t *testing.T) {
	stats := smtptest.Stats{
		Accepted: map[string]int{"a@x.test": 1, "B@x.test": 3, "boss@y.test": 2},
		Refused: map[string]smtptest.Entry{
			"c@x.test": {Code: 550}, "d@x.test": {Code: 451}, "e@x.test": {Code: 0}, "z@y.test": {Code: 550},
		},
	}
	got := Tally(stats, func(address string) bool { return strings.HasSuffix(address, "@x.test") })
	if got.Accepted != 2 || got.Duplicates != 2 || got.Failed != 1 || len(got.Names) != 1 {
		t.Errorf("%+v", got)
	}
}

func TestSelfSignedIsTrusted(t *testing.T) {
	c, err := SelfSigned("catcher.x.svc")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tls.X509KeyPair(c.Certificate, c.Key); err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(c.Certificate) {
		t.Fatal("not PEM")
	}
	pair, _ := tls.X509KeyPair(c.Certificate, c.Key)
	for name, trusted := range map[string]bool{"catcher.x.svc": true, "other.x.svc": false} {
		_, err := pair.Leaf.Verify(x509.VerifyOptions{DNSName: name, Roots: roots})
		if (err == nil) != trusted {
			t.Errorf("%s: %v", name, err)
		}
	}
	expired, err := c.Expired()
	if err != nil {
		t.Fatal(err)
	}
	old, err := tls.X509KeyPair(expired.Certificate, expired.Key)
	if err != nil {
		t.Fatal(err)
	}
	var invalid x509.CertificateInvalidError
	_, err = old.Leaf.Verify(x509.VerifyOptions{DNSName: "catcher.x.svc", Roots: roots})
	if !errors.As(err, &invalid) || invalid.Reason != x509.Expired {
		t.Errorf("the expired certificate: %v", err)
	}
}

func TestWaitTellsWhatItSaw(t *testing.T) {
	err := Wait(t.Context(), "rain", time.Millisecond, func(context.Context) (bool, string, error) { return false, "sun", nil })
	if err == nil || !strings.Contains(err.Error(), "rain") || !strings.Contains(err.Error(), "sun") {
		t.Errorf("%v", err)
	}
	tries := 0
	err = Wait(t.Context(), "luck", 10*time.Second, func(context.Context) (bool, string, error) {
		tries++
		if tries == 1 {
			return true, "", errors.New("not yet")
		}
		return true, "", nil
	})
	if err != nil || tries != 2 {
		t.Errorf("%v after %d tries", err, tries)
	}
}

func TestSplitImage(t *testing.T) {
	for image, want := range map[string][3]string{
		"crier:dev":                        {"crier", "dev", ""},
		"registry.test:5000/crier":         {"registry.test:5000/crier", "", ""},
		"registry.test:5000/crier:v1":      {"registry.test:5000/crier", "v1", ""},
		"registry.test/crier:v1@sha256:ab": {"registry.test/crier", "v1", "sha256:ab"},
	} {
		repository, tag, digest := splitImage(image)
		if got := [3]string{repository, tag, digest}; got != want {
			t.Errorf("%s: %v", image, got)
		}
	}
}

func TestCatcherBeside(t *testing.T) {
	for image, want := range map[string]string{
		"crier":                            "crier-catcher",
		"registry.test:5000/a/crier:v1":    "registry.test:5000/a/crier-catcher:v1",
		"registry.test/crier:v1@sha256:ab": "registry.test/crier-catcher:v1",
	} {
		if got := catcherBeside(image); got != want {
			t.Errorf("%s: %s", image, got)
		}
	}
}
