package transport

import "crier.dev/crier/internal/smtp/outcome"

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
		if !c.features.utf8 {
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
