// Package outcome decides what a reply of a mail relay, or its absence, means for one recipient.
//
// It is pure: no clock, no network, no state. The sender hands in one Event, the first thing that
// went wrong in a transaction in command order (or the final reply), and acts on the Outcome.
package outcome

// Phase is the step of an SMTP session at which an event happened (RFC 5321 section 3).
type Phase string

// The phases in the order in which a session goes through them.
const (
	PhaseConnect  Phase = "Connect"  // TCP connection, and the handshake of implicit TLS
	PhaseGreeting Phase = "Greeting" // the server's 220
	PhaseEHLO     Phase = "EHLO"
	PhaseStartTLS Phase = "StartTLS"
	PhaseAuth     Phase = "Auth"
	PhaseMail     Phase = "Mail"
	PhaseRcpt     Phase = "Rcpt"
	PhaseData     Phase = "Data" // the DATA command and its 354
	PhaseBody     Phase = "Body" // the message itself, up to but without the final dot
	PhaseDot      Phase = "Dot"  // the final dot may have left; its reply decides
)

// Phases lists every phase in session order.
func Phases() []Phase {
	return []Phase{PhaseConnect, PhaseGreeting, PhaseEHLO, PhaseStartTLS, PhaseAuth,
		PhaseMail, PhaseRcpt, PhaseData, PhaseBody, PhaseDot}
}

// beforeTransaction says whether the phase belongs to opening the session: no recipient is touched.
func (p Phase) beforeTransaction() bool {
	switch p {
	case PhaseConnect, PhaseGreeting, PhaseEHLO, PhaseStartTLS, PhaseAuth:
		return true
	}
	return false
}

// beforeBody says whether not one octet of the message can have left yet.
func (p Phase) beforeBody() bool {
	return p.beforeTransaction() || p == PhaseMail || p == PhaseRcpt || p == PhaseData
}

// Fault says why there is no reply to judge. The empty Fault means that there is one.
type Fault string

const (
	FaultConnectionLost Fault = "ConnectionLost" // refused, reset or closed by the other side
	FaultTimeout        Fault = "Timeout"        // no answer in the time of RFC 5321 section 4.5.3.2
	FaultTLS            Fault = "TLS"            // handshake or certificate
	FaultProtocol       Fault = "Protocol"       // an answer that is not SMTP, or out of turn
	FaultCanceled       Fault = "Canceled"       // we cut the connection because we were told to stop
	FaultLocal          Fault = "Local"          // our own side could not go on (journal, configuration)
	FaultNoSMTPUTF8     Fault = "NoSMTPUTF8"     // the address needs RFC 6531 and the relay lacks it
	FaultBadAddress     Fault = "BadAddress"     // the address cannot be written into a command
)

// Event is what happened: either a reply or a fault, at a phase.
type Event struct {
	Phase Phase
	Reply Reply
	Fault Fault
}

// State is what becomes of the recipient for now.
type State string

const (
	// Accepted: the relay took responsibility (RFC 5321 section 6.1).
	Accepted State = "Accepted"
	// Failed: refused for good; trying the same again is pointless.
	Failed State = "Failed"
	// Deferred: to be tried again later.
	Deferred State = "Deferred"
	// Unknown: the final dot may have arrived and nobody told us what became of it.
	Unknown State = "Unknown"
	// NotTried: the relay was never asked about this message in a way that counts.
	NotTried State = "NotTried"
)

// Scope says what the outcome is about, and so what should be paused or corrected.
type Scope string

const (
	ScopeRecipient Scope = "Recipient" // this address
	ScopeMessage   Scope = "Message"   // this message, content or size
	ScopeSender    Scope = "Sender"    // the envelope sender or its domain
	ScopeRelay     Scope = "Relay"     // the relay, its login or its limits
)

// Outcome is the judgement on an Event.
type Outcome struct {
	State State
	Scope Scope
	// Cause is empty for Accepted only.
	Cause Cause
	Reply Reply
	Phase Phase
	// CountsAgainstAddress is true when the reply says that the address itself is dead, so that it
	// may lead to a suppression. Only ever true for Failed at RCPT.
	CountsAgainstAddress bool
	// CountsAttempt is false when the attempt must not use up one of the message's tries.
	CountsAttempt bool
}
