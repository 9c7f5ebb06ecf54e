package transport

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/wneessen/go-mail/smtp"

	"crier.dev/crier/internal/smtp/outcome"
)

var errMechanism = errors.New("the server does not offer the wanted AUTH mechanism")

// logIn authenticates over TLS. Every reply of this phase is about the relay, never a recipient.
func logIn(ctx context.Context, client *smtp.Client, cfg Config, hangUp func()) *Failure {
	if _, err := client.GetTLSConnectionState(); err != nil {
		return refuse(outcome.PhaseAuth, outcome.FaultLocal, "credentials are never sent without TLS")
	}
	_, offered := client.Extension("AUTH")
	mechanism := choose(cfg, strings.Fields(strings.ToUpper(offered)))
	if mechanism == nil {
		return &Failure{
			Event:  outcome.Event{Phase: outcome.PhaseAuth, Fault: outcome.FaultLocal},
			reason: errMechanism.Error(),
		}
	}
	err := client.Auth(bounded(ctx, mechanism, hangUp))
	if err == nil {
		return nil
	}
	failure := failed(ctx, outcome.PhaseAuth, err)
	failure.Event.Reply.Text = withoutSecret(failure.Event.Reply.Text, cfg.Password)
	return failure
}

// choose picks a mechanism that the server offers; nil if there is none. External is tried even if
// it isn't listed: some servers list it only after they saw a client certificate, others never.
func choose(cfg Config, offered []string) smtp.Auth {
	has := func(name string) bool { return slices.Contains(offered, name) }
	want := func(m AuthMechanism, name string) bool {
		return has(name) && (cfg.Auth == m || cfg.Auth == AuthAuto && m != AuthXOAuth2)
	}
	switch {
	case want(AuthScramSHA256, "SCRAM-SHA-256"):
		return smtp.ScramSHA256Auth(cfg.Username, cfg.Password)
	case want(AuthPlain, "PLAIN"):
		return smtp.PlainAuth("", cfg.Username, cfg.Password, cfg.Host, false)
	case want(AuthLogin, "LOGIN"):
		return smtp.LoginAuth(cfg.Username, cfg.Password, cfg.Host, false)
	case want(AuthXOAuth2, "XOAUTH2"):
		return smtp.XOAuth2Auth(cfg.Username, cfg.Password)
	case cfg.Auth == AuthExternal:
		return external{identity: cfg.Username}
	}
	return nil
}

// external is SASL EXTERNAL (RFC 4422 appendix A); go-mail has none. The identity is optional.
type external struct{ identity string }

// Start implements smtp.Auth. An empty initial response is written "=" (RFC 4954 section 4), which
// smtp.Client can't express, so an empty identity waits for the server's challenge.
func (e external) Start(*smtp.ServerInfo) (string, []byte, error) {
	return "EXTERNAL", []byte(e.identity), nil
}

// Next implements smtp.Auth.
func (e external) Next(_ []byte, more bool) ([]byte, error) {
	if !more {
		return nil, nil
	}
	return []byte(e.identity), nil
}

// withoutSecret drops the server's words if they repeat the password.
func withoutSecret(text, secret string) string {
	if secret != "" && strings.Contains(text, secret) {
		return ""
	}
	return text
}
