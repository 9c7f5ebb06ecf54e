package pki

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"time"
)

// Write puts the certificate, readable by all, and the key, readable by the
// owner alone, into PEM files.
func (p Pair) Write(certificate, key string) error {
	encoded := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.Certificate.Raw})
	if err := os.WriteFile(certificate, encoded, 0o644); err != nil {
		return fmt.Errorf("write a certificate: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(p.Key)
	if err != nil {
		return fmt.Errorf("encode a private key: %w", err)
	}
	encoded = pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	if err := os.WriteFile(key, encoded, 0o600); err != nil {
		return fmt.Errorf("write a private key: %w", err)
	}
	return nil
}

// Usable says whether the PEM file holds a certificate that is still valid an
// hour after now.
func Usable(path string, now time.Time) bool {
	text, err := os.ReadFile(path)
	if err != nil {
		return false
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return false
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	return err == nil && certificate.NotAfter.After(now.Add(time.Hour))
}
