// Package dkim signs messages (RFC 6376, RFC 8463): relaxed/relaxed, with
// RSA and SHA-256 or with Ed25519. It is made for signing many messages of
// one kind, and adds nothing to a message but its own header field.
package dkim

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strings"
)

// Values of the a= tag.
const (
	RSA     = "rsa-sha256"
	Ed25519 = "ed25519-sha256"
)

// Sizes of RSA keys in bits. RFC 8301 section 3.2: signers must not use less
// than 1024 and should use at least 2048; verifiers must take up to 4096.
const (
	MinRSA         = 1024
	RecommendedRSA = 2048
	MaxRSA         = 4096
)

// Key signs in the name of a domain. It never shows itself when printed.
type Key struct {
	// Domain is the signing domain, the d= tag, as A-labels in lower case.
	Domain string
	// Selector is the s= tag: the public key is at
	// <selector>._domainkey.<domain>.
	Selector string

	signer crypto.Signer
}

// Error says what is wrong with a key. It never holds any of the key.
type Error struct{ Reason string }

func (e *Error) Error() string { return e.Reason }

// ParseKey reads a private key in PEM for a domain, as A-labels, and a
// selector: PKCS #8, or PKCS #1 as OpenDKIM writes
// it, RSA of 1024 to 4096 bits or Ed25519. Every error is an *Error.
func ParseKey(domain, selector string, text []byte) (Key, error) {
	domain, selector = strings.ToLower(domain), strings.ToLower(selector)
	if !strings.Contains(domain, ".") || !isName(domain) {
		return Key{}, &Error{"the domain is not a domain name of letters, digits and hyphens"}
	}
	if !isName(selector) {
		return Key{}, &Error{"the selector is not letters, digits and hyphens, with dots between"}
	}
	signer, err := parsePrivate(text)
	if err != nil {
		return Key{}, err
	}
	return Key{Domain: domain, Selector: selector, signer: signer}, nil
}

// isName is what stands for a domain or a selector in a tag (RFC 6376 section
// 3.1: sub-domains of RFC 5321).
func isName(s string) bool {
	if s == "" || len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, c := range []byte(label) {
			if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
				return false
			}
		}
	}
	return true
}

// parsePrivate keeps back the errors of the parsers, which could quote a key.
func parsePrivate(text []byte) (crypto.Signer, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, &Error{"it holds no PEM text"}
	}
	var key any
	var err error
	switch block.Type {
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "ENCRYPTED PRIVATE KEY":
		return nil, &Error{"the key is encrypted with a passphrase; store it without"}
	case "PUBLIC KEY", "RSA PUBLIC KEY", "CERTIFICATE":
		return nil, &Error{"instead of a private key, it holds a " + strings.ToLower(block.Type)}
	default:
		return nil, &Error{"its PEM text isn't a private key of RSA or Ed25519"}
	}
	if err != nil {
		return nil, &Error{"the private key is damaged"}
	}
	switch key := key.(type) {
	case *rsa.PrivateKey:
		bits := key.N.BitLen()
		if bits < MinRSA {
			return nil, tooShort(bits)
		}
		if bits > MaxRSA {
			return nil, &Error{fmt.Sprintf("the RSA key has %d bits; receivers take at most %d", bits, MaxRSA)}
		}
		return key, nil
	case ed25519.PrivateKey:
		return key, nil
	}
	return nil, &Error{"the private key is neither RSA nor Ed25519"}
}

func tooShort(bits int) *Error {
	return &Error{fmt.Sprintf("the RSA key has %d bits; receivers ignore less than %d, make one of %d", bits, MinRSA, RecommendedRSA)}
}

// Algorithm is the a= tag.
func (k Key) Algorithm() string {
	if _, ok := k.signer.(ed25519.PrivateKey); ok {
		return Ed25519
	}
	return RSA
}

// Weakness is a warning for people, or empty: some receivers hold RSA keys
// under 2048 bits against a message.
func (k Key) Weakness() string {
	if key, ok := k.signer.(*rsa.PrivateKey); ok && key.N.BitLen() < RecommendedRSA {
		return fmt.Sprintf("the RSA key has %d bits; at least %d are recommended", key.N.BitLen(), RecommendedRSA)
	}
	return ""
}

// String names the key without showing it.
func (k Key) String() string { return k.Selector + "._domainkey." + k.Domain }

// GoString keeps %#v from showing the key.
func (k Key) GoString() string { return "dkim.Key(" + k.String() + ")" }
