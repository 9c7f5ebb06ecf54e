package pki

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestIssuedCertificateVerifies(t *testing.T) {
	now := time.Now()
	authority, err := NewAuthority("ca", now)
	if err != nil {
		t.Fatal(err)
	}
	other, err := NewAuthority("other", now)
	if err != nil {
		t.Fatal(err)
	}
	server, err := authority.Issue(Identity{
		Name: "kube-apiserver", Groups: []string{"system:masters"}, Hosts: []string{"kubernetes.default", "172.31.255.1"},
	}, now)
	if err != nil {
		t.Fatal(err)
	}
	client, err := authority.Issue(Identity{Name: "admin"}, now)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name      string
		pair      Pair
		authority Pair
		host      string
		usage     x509.ExtKeyUsage
		at        time.Time
		good      bool
	}{
		{"by name", server, authority, "kubernetes.default", x509.ExtKeyUsageServerAuth, now, true},
		{"by address", server, authority, "172.31.255.1", x509.ExtKeyUsageServerAuth, now, true},
		{"as a client", server, authority, "", x509.ExtKeyUsageClientAuth, now, true},
		{"another name", server, authority, "example.org", x509.ExtKeyUsageServerAuth, now, false},
		{"another authority", server, other, "kubernetes.default", x509.ExtKeyUsageServerAuth, now, false},
		{"too late", server, authority, "", x509.ExtKeyUsageClientAuth, now.Add(Lifetime + time.Hour), false},
		{"a client is no server", client, authority, "", x509.ExtKeyUsageServerAuth, now, false},
		{"a client", client, authority, "", x509.ExtKeyUsageClientAuth, now, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			roots := x509.NewCertPool()
			roots.AddCert(test.authority.Certificate)
			_, err := test.pair.Certificate.Verify(x509.VerifyOptions{
				Roots: roots, DNSName: test.host, CurrentTime: test.at, KeyUsages: []x509.ExtKeyUsage{test.usage},
			})
			if (err == nil) != test.good {
				t.Errorf("verify: %v, want success %t", err, test.good)
			}
		})
	}
}

func TestWriteKeepsTheKeySecret(t *testing.T) {
	folder := t.TempDir()
	certificate, key := filepath.Join(folder, "a.crt"), filepath.Join(folder, "a.key")
	now := time.Now()
	pair, err := NewAuthority("ca", now)
	if err != nil {
		t.Fatal(err)
	}
	if Usable(certificate, now) {
		t.Error("a missing file is usable")
	}
	if err := pair.Write(certificate, key); err != nil {
		t.Fatal(err)
	}
	if _, err := tls.LoadX509KeyPair(certificate, key); err != nil {
		t.Errorf("the files do not belong together: %v", err)
	}
	if info, _ := os.Stat(key); info.Mode().Perm() != 0o600 {
		t.Errorf("the key has mode %v", info.Mode())
	}
	if !Usable(certificate, now) || Usable(certificate, now.Add(Lifetime)) {
		t.Error("Usable does not follow the clock")
	}
}
