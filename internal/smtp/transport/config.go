// Package transport holds SMTP client sessions: it opens a connection to a relay, secured and
// logged in, and sends one message to one recipient per transaction, phase by phase, so that the
// first failing reply in command order is seen and nothing else decides.
//
// go-mail's smtp.Client does greeting, EHLO, STARTTLS and AUTH. The mail transaction is written
// here, because go-mail's hides at which command a transaction failed, and can't pipeline.
package transport

import (
	"context"
	"net"
	"time"
)

// TLSMode says how the connection is encrypted.
type TLSMode string

const (
	TLSStartTLS TLSMode = "StartTLS" // RFC 3207, required: never falls back to plain text
	TLSImplicit TLSMode = "Implicit" // RFC 8314
	TLSNone     TLSMode = "None"
)

// AuthMechanism is a SASL mechanism; the empty one means no login.
type AuthMechanism string

const (
	AuthNone        AuthMechanism = ""
	AuthAuto        AuthMechanism = "Auto" // SCRAM-SHA-256, PLAIN or LOGIN, the first one offered
	AuthPlain       AuthMechanism = "Plain"
	AuthLogin       AuthMechanism = "Login"
	AuthScramSHA256 AuthMechanism = "ScramSHA256"
	AuthXOAuth2     AuthMechanism = "XOAuth2"  // Password is the access token
	AuthExternal    AuthMechanism = "External" // the client certificate is the login (RFC 4422 appendix A)
)

// Config describes a relay.
type Config struct {
	Host string // name or address
	Port int    // 1 to 65535
	TLS  TLSMode
	// ServerName is the name that the certificate must bear; Host if empty.
	ServerName string
	// CAPEM replaces the system's trust store if not empty.
	CAPEM []byte
	// ClientCertPEM and ClientKeyPEM are both set or both empty.
	ClientCertPEM, ClientKeyPEM []byte
	// HELO is our name in EHLO; required, since a pod's host name means nothing to a relay.
	HELO               string
	Auth               AuthMechanism
	Username, Password string
	// Pipelining is the highest level that may be used; 0 is LevelAcross.
	Pipelining Level
	Timeouts   Timeouts
	// Dialer replaces net.Dialer, for example to refuse addresses that must not be reached.
	Dialer func(ctx context.Context, network, addr string) (net.Conn, error)
}

// Timeouts are per step; a zero one takes its default from RFC 5321 section 4.5.3.2. A step of an
// open session may get up to a sixteenth more.
type Timeouts struct {
	Connect  time.Duration // TCP, and each TLS handshake: 1 min
	Greeting time.Duration // 5 min
	Command  time.Duration // EHLO, STARTTLS, AUTH, MAIL, RCPT: 5 min each
	Data     time.Duration // reply to DATA: 2 min
	Block    time.Duration // one write, of at most 64 KiB of the body and some commands: 3 min
	Dot      time.Duration // reply to the final dot: 10 min
	Reset    time.Duration // RSET after a refusal: 30 s, many servers slow down after one
	Quit     time.Duration // QUIT: 5 s, nothing depends on it
	End      time.Duration // end of the connection after QUIT: 1 s
}

func (t Timeouts) withDefaults() Timeouts {
	set := func(d *time.Duration, def time.Duration) {
		if *d <= 0 {
			*d = def
		}
	}
	set(&t.Connect, time.Minute)
	set(&t.Greeting, 5*time.Minute)
	set(&t.Command, 5*time.Minute)
	set(&t.Data, 2*time.Minute)
	set(&t.Block, 3*time.Minute)
	set(&t.Dot, 10*time.Minute)
	set(&t.Reset, 30*time.Second)
	set(&t.Quit, 5*time.Second)
	set(&t.End, time.Second)
	return t
}
