package transport

import (
	"fmt"
	"strings"

	"crier.dev/crier/internal/outcome"
)

// Envelope is what MAIL and RCPT say.
type Envelope struct {
	// From is the envelope sender without angle brackets; empty for the null sender.
	From string
	// To is the recipient, its domain as A-label unless UTF8.
	To string
	// UTF8 asks for SMTPUTF8 (RFC 6531). Without it both addresses must be ASCII.
	UTF8 bool
	// EnvelopeID and OriginalRecipient go into ENVID and ORCPT where the server offers DSN
	// (RFC 3461). At most 100 and 500 octets once encoded, otherwise they are left out.
	EnvelopeID, OriginalRecipient string
}

// unfit finds what makes the envelope impossible on this connection, before a command is sent.
func (c *Conn) unfit(env Envelope) (outcome.Event, bool) {
	fault := func(f outcome.Fault) (outcome.Event, bool) {
		return outcome.Event{Phase: outcome.PhaseMail, Fault: f}, true
	}
	if env.From != "" && !writable(env.From) {
		return fault(outcome.FaultLocal)
	}
	if env.To == "" || !writable(env.To) {
		return fault(outcome.FaultBadAddress)
	}
	if env.UTF8 {
		if !c.offers("SMTPUTF8") {
			return fault(outcome.FaultNoSMTPUTF8)
		}
		return outcome.Event{}, false
	}
	if !ascii(env.From) {
		return fault(outcome.FaultLocal)
	}
	if !ascii(env.To) {
		return fault(outcome.FaultNoSMTPUTF8)
	}
	return outcome.Event{}, false
}

func (c *Conn) offers(keyword string) bool {
	ok, _ := c.client.Extension(keyword)
	return ok
}

// mailCommand names the sender. The message is 7bit unless SMTPUTF8 asks for more.
func (c *Conn) mailCommand(env Envelope, size int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "MAIL FROM:<%s>", env.From)
	if c.offers("SIZE") {
		fmt.Fprintf(&b, " SIZE=%d", size)
	}
	if env.UTF8 {
		b.WriteString(" SMTPUTF8")
		if c.offers("8BITMIME") {
			b.WriteString(" BODY=8BITMIME")
		}
	}
	if c.offers("DSN") {
		b.WriteString(" RET=HDRS")
		if id := xtext(env.EnvelopeID); id != "" && len(id) <= 100 {
			b.WriteString(" ENVID=" + id)
		}
	}
	return b.String()
}

// rcptCommand names the one recipient. ORCPT of a non-ASCII address would need RFC 6533.
func (c *Conn) rcptCommand(env Envelope) string {
	command := "RCPT TO:<" + env.To + ">"
	if !c.offers("DSN") {
		return command
	}
	command += " NOTIFY=FAILURE"
	if original := xtext(env.OriginalRecipient); original != "" && ascii(env.OriginalRecipient) && len(original) <= 493 {
		command += " ORCPT=rfc822;" + original
	}
	return command
}

// xtext encodes as RFC 3461 section 4: printable ASCII but "+" and "=" as is, other octets as +XX.
func xtext(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if c < '!' || c > '~' || c == '+' || c == '=' {
			fmt.Fprintf(&b, "+%02X", c)
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

// writable says whether an address can stand between angle brackets without ending the command or
// opening a parameter. A quoted local part may hold blanks and brackets, never controls.
func writable(addr string) bool {
	if len(addr) > 320 { // 64 + @ + 255, RFC 5321 section 4.5.3.1
		return false
	}
	quoted, escaped := false, false
	for _, c := range []byte(addr) {
		switch {
		case c < ' ' || c == 0x7f:
			return false
		case escaped:
			escaped = false
		case quoted && c == '\\':
			escaped = true
		case c == '"':
			quoted = !quoted
		case !quoted && (c == ' ' || c == '<' || c == '>' || c == '\\'):
			return false
		}
	}
	return !quoted
}

func ascii(s string) bool {
	for _, c := range []byte(s) {
		if c >= 0x80 {
			return false
		}
	}
	return true
}
