package harness

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"time"
)

// Certificate is one that signs itself, in PEM.
type Certificate struct {
	Certificate, Key []byte

	names   []string
	private *ecdsa.PrivateKey
}

// SelfSigned makes a certificate for the names, valid from two hours ago for a week. Unlike a
// certificate made inside the pod, its authority is known before the Relay is applied.
func SelfSigned(names ...string) (Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Certificate{}, err
	}
	return signed(key, time.Now().Add(7*24*time.Hour), names)
}

// Expired is a certificate of the same key and names that has been too old for an hour.
func (c Certificate) Expired() (Certificate, error) {
	return signed(c.private, time.Now().Add(-time.Hour), c.names)
}

func signed(key *ecdsa.PrivateKey, until time.Time, names []string) (Certificate, error) {
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		return Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: names[0]}, DNSNames: names,
		NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: until,
		IsCA: true, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return Certificate{}, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return Certificate{}, err
	}
	return Certificate{
		Certificate: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}),
		Key:         pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}),
		names:       names, private: key,
	}, nil
}
