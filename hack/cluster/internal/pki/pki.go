// Package pki makes the certificates of a cluster: one authority and the
// identities that the components show one another.
package pki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"time"
)

// Lifetime of every certificate. A development cluster is made anew before.
const Lifetime = 365 * 24 * time.Hour

// Identity is what a certificate says about its holder.
type Identity struct {
	Name   string   // common name: the user's name to the API server
	Groups []string // organisations: the user's groups to the API server
	Hosts  []string // DNS names and IP addresses, of a server
}

// Pair is a certificate with its private key.
type Pair struct {
	Certificate *x509.Certificate
	Key         crypto.Signer
}

// NewAuthority makes a self-signed authority that is valid from now.
func NewAuthority(name string, now time.Time) (Pair, error) {
	template := x509.Certificate{
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             now.Add(-time.Minute),
		NotAfter:              now.Add(Lifetime),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
	return sign(&template, nil)
}

// Issue makes a certificate that serves both ends of a connection: as a
// server's when identity has hosts, and always as a client's.
func (p Pair) Issue(identity Identity, now time.Time) (Pair, error) {
	template := x509.Certificate{
		Subject:     pkix.Name{CommonName: identity.Name, Organization: identity.Groups},
		NotBefore:   now.Add(-time.Minute),
		NotAfter:    now.Add(Lifetime),
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	if len(identity.Hosts) > 0 {
		template.ExtKeyUsage = append(template.ExtKeyUsage, x509.ExtKeyUsageServerAuth)
	}
	for _, host := range identity.Hosts {
		if address := net.ParseIP(host); address != nil {
			template.IPAddresses = append(template.IPAddresses, address)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	return sign(&template, &p)
}

// sign fills in a key and a serial number. Without an authority the
// certificate signs itself.
func sign(template *x509.Certificate, authority *Pair) (Pair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Pair{}, fmt.Errorf("make a key for %s: %w", template.Subject.CommonName, err)
	}
	// RFC 5280, section 4.1.2.2: at most 20 octets, unique per authority.
	template.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return Pair{}, fmt.Errorf("choose a serial number: %w", err)
	}
	parent, signer := template, crypto.Signer(key)
	if authority != nil {
		parent, signer = authority.Certificate, authority.Key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		return Pair{}, fmt.Errorf("sign the certificate of %s: %w", template.Subject.CommonName, err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return Pair{}, fmt.Errorf("read back the certificate of %s: %w", template.Subject.CommonName, err)
	}
	return Pair{Certificate: certificate, Key: key}, nil
}
