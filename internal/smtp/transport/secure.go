package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"

	"github.com/wneessen/go-mail/smtp"

	"crier.dev/crier/internal/smtp/handshake"
	"crier.dev/crier/internal/smtp/outcome"
)

// tlsSettings never skips verification. TLS 1.2 is the floor (RFC 8996).
func tlsSettings(cfg Config) (*tls.Config, error) {
	settings := &tls.Config{
		ServerName: cfg.ServerName, MinVersion: tls.VersionTLS12,
		DynamicRecordSizingDisabled: true, // a message is worth nothing before its end: no small records
	}
	if settings.ServerName == "" {
		settings.ServerName = cfg.Host
	}
	if len(cfg.CAPEM) > 0 {
		settings.RootCAs = x509.NewCertPool()
		if !settings.RootCAs.AppendCertsFromPEM(cfg.CAPEM) {
			return nil, errors.New("the CA bundle holds no certificate")
		}
	}
	if len(cfg.ClientCertPEM) > 0 || len(cfg.ClientKeyPEM) > 0 {
		pair, err := tls.X509KeyPair(cfg.ClientCertPEM, cfg.ClientKeyPEM)
		if err != nil {
			// The error could quote the key's PEM block.
			return nil, errors.New("client certificate and key cannot be read or don't belong together")
		}
		settings.Certificates = []tls.Certificate{pair}
	}
	return settings, nil
}

// startTLS encrypts the session and says EHLO again, which go-mail does in one call.
func startTLS(ctx context.Context, client *smtp.Client, settings *tls.Config) *Failure {
	if offered, _ := client.Extension("STARTTLS"); !offered {
		return &Failure{
			Event:  outcome.Event{Phase: outcome.PhaseStartTLS, Fault: outcome.FaultTLS},
			reason: string(handshake.NotOffered),
		}
	}
	err := client.StartTLS(settings)
	if err == nil {
		return nil
	}
	if state, stateErr := client.GetTLSConnectionState(); stateErr == nil {
		if state.HandshakeComplete {
			return failed(ctx, outcome.PhaseEHLO, err)
		}
		return failedTLS(ctx, outcome.PhaseStartTLS, err)
	}
	return failed(ctx, outcome.PhaseStartTLS, err)
}

// failedTLS describes a handshake that went wrong. What is neither a time-out nor a vanished server
// is a matter of certificates or versions, for which crypto/tls has many unexported errors.
func failedTLS(ctx context.Context, phase outcome.Phase, err error) *Failure {
	failure := failed(ctx, phase, err)
	if failure.Event.Fault == outcome.FaultConnectionLost && !isLost(err) {
		failure.Event.Fault = outcome.FaultTLS
	}
	if failure.Event.Fault == outcome.FaultTLS {
		failure.reason = string(handshake.MishapOf(err))
	}
	return failure
}
