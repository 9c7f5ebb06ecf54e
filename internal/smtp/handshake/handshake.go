// Package handshake says what went wrong when TLS was to be begun, in words
// that quote neither the certificate nor the server.
package handshake

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
)

// Mishap is what went wrong, for people.
type Mishap string

// What usually goes wrong. Failed is all the rest.
const (
	OtherName        Mishap = "the certificate is for another name"
	UnknownAuthority Mishap = "the certificate is signed by an unknown authority"
	OutOfDate        Mishap = "the certificate has expired or is not yet valid"
	OtherUse         Mishap = "the certificate is not valid for this use"
	NotOffered       Mishap = "the server does not offer STARTTLS"
	NoTLS            Mishap = "the server doesn't speak TLS there"
	Failed           Mishap = "the TLS handshake failed"
)

// Broke says whether an error is about TLS: certificates, versions, or a server
// that doesn't speak it. A lost connection and a time-out aren't.
func Broke(err error) bool {
	var verification *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	return errors.As(err, &verification) || errors.As(err, &record) || errors.As(err, &alert)
}

// MishapOf finds out which one an error stands for.
func MishapOf(err error) Mishap {
	var name x509.HostnameError
	var authority x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &name):
		return OtherName
	case errors.As(err, &authority):
		return UnknownAuthority
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return OutOfDate
	case errors.As(err, &invalid):
		return OtherUse
	case errors.As(err, &record):
		return NoTLS
	}
	return Failed
}
