// Package remote is what sources that connect to a server have in common: whom
// they trust, how they log in, and what a connection that failed means to
// somebody who has to mend it.
package remote

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"strings"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/source"
)

// ConnectTimeout bounds everything before the first question of a source: TCP,
// TLS and, where there is one, the login.
const ConnectTimeout = 30 * time.Second

// TLS makes settings that always verify the server, for the host of a source
// unless its spec names another. TLS 1.2 is the floor (RFC 8996). The error is
// a *source.Problem.
func TLS(spec crier.SourceTLS, host string) (*tls.Config, error) {
	settings := &tls.Config{ServerName: spec.ServerName, MinVersion: tls.VersionTLS12}
	if settings.ServerName == "" {
		settings.ServerName = host
	}
	if spec.CABundle != "" {
		settings.RootCAs = x509.NewCertPool()
		if !settings.RootCAs.AppendCertsFromPEM([]byte(spec.CABundle)) {
			return nil, source.Say(source.Invalid,
				"tls.caBundle has no certificate; put the certificate authority there, in PEM.")
		}
	}
	return settings, nil
}

// Credentials reads keys of the Secret that a source logs in with. Every one
// must be there with a value. Errors are *source.Problem, or Host's.
func Credentials(ctx context.Context, host source.Host, secret string, keys ...string) ([]string, error) {
	data, _, err := host.Secret(ctx, secret, crier.UseSource)
	if err != nil {
		return nil, err
	}
	values := make([]string, len(keys))
	for i, key := range keys {
		value, there := data[key]
		switch {
		case !there:
			return nil, source.Say(source.Invalid, "Secret %s has no key %s; add it.", secret, key)
		case len(value) == 0:
			// A server may take a login without a password for an anonymous
			// one, and answer with less than there is (RFC 4513, section 5.1.2).
			return nil, source.Say(source.Invalid, "The key %s of Secret %s is empty; give it a value.", key, secret)
		case strings.ContainsAny(string(value), "\r\n\x00"):
			return nil, source.Say(source.Invalid,
				"The key %s of Secret %s has a line break or a NUL character; store it without one, even at its end.", key, secret)
		}
		values[i] = string(value)
	}
	return values, nil
}
