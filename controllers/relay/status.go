package relay

import (
	"errors"
	"fmt"
	"net"
	"unicode/utf8"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/smtp/dialguard"
	"crier.dev/crier/internal/smtp/handshake"
	"crier.dev/crier/internal/smtp/outcome"
)

const (
	maxCapabilities = 64
	maxCapability   = 128
)

// verdict is what a reason of a probe means for the Relay. A server that is
// away comes back by itself; certificates and credentials don't.
func verdict(reason, message string) reconcile.Verdict {
	switch reason {
	case crier.ReasonRelayReachable:
		return reconcile.IsReady(reason, "%s", message)
	case crier.ReasonRelayUnreachable, crier.ReasonRelayRefused:
		return reconcile.IsReconciling(reason, "%s", message)
	}
	return reconcile.IsStalled(reason, "%s", message)
}

// judge turns a finding into a reason and a message that says what to do. It
// never has the server's words: a probe of a host that isn't a mail server
// would show what that says.
func judge(f Finding, spec crier.RelaySpec) (reason, message string) {
	where := fmt.Sprintf("%s port %d", spec.Host, spec.Port)
	if f.Failure == nil {
		return crier.ReasonRelayReachable, reached(where, spec)
	}
	var refused *dialguard.Refused
	if errors.As(f.Dial, &refused) {
		return crier.ReasonAddressNotAllowed, fmt.Sprintf("Crier doesn't connect to %s: %s. Use the address of a mail server.", where, refused)
	}
	event, result := f.Failure.Event, outcome.Classify(f.Failure.Event)
	switch {
	case event.Phase == outcome.PhaseAuth:
		return login(result, event, f.Failure.Reason(), where)
	case event.Fault == outcome.FaultTLS, result.Cause == outcome.CauseTLSFailed:
		return crier.ReasonTLSFailed, secured(f.Failure.Reason(), where, spec)
	case event.Fault == outcome.FaultProtocol:
		return crier.ReasonRelayRefused, fmt.Sprintf("What answers at %s isn't a mail server, or expects TLS from the first octet (tls.mode: Implicit, often port 465).", where)
	case event.Reply.Code != 0:
		return crier.ReasonRelayRefused, fmt.Sprintf("The server at %s refused Crier with %s: ask its operator to let this cluster submit mail.", where, codes(event.Reply))
	}
	return crier.ReasonRelayUnreachable, unreachable(f.Dial, event, where)
}

func reached(where string, spec crier.RelaySpec) string {
	switch {
	case spec.Auth != nil:
		return fmt.Sprintf("The server at %s accepted the login.", where)
	case spec.TLS.Mode == crier.TLSNone:
		return fmt.Sprintf("The server at %s answers. Mail to it is not encrypted.", where)
	}
	return fmt.Sprintf("The server at %s answers.", where)
}

// login is about the AUTH command. Only a refusal for good means that the
// credentials must not be tried again.
func login(result outcome.Outcome, event outcome.Event, why, where string) (reason, message string) {
	switch {
	case event.Reply.Code >= 500 && result.Cause == outcome.CauseAuthenticationFailed:
		return crier.ReasonAuthenticationFailed, fmt.Sprintf(
			"The server at %s refused the user name or password with %s. Correct the Secret; Crier doesn't try the same ones again.", where, codes(event.Reply))
	case event.Reply.Code != 0:
		return crier.ReasonRelayRefused, fmt.Sprintf("The server at %s can't accept logins now (%s). Crier tries again.", where, codes(event.Reply))
	case event.Fault == outcome.FaultLocal:
		return crier.ReasonMechanismNotAvailable, fmt.Sprintf(
			"Logging in at %s is not possible: %s. Choose another auth.mechanism, or remove auth if the server needs no login.", where, why)
	case event.Fault == outcome.FaultProtocol && why != "":
		return crier.ReasonMechanismNotAvailable, fmt.Sprintf(
			"Crier doesn't log in at %s: %s. Have the server corrected, or choose another auth.mechanism.", where, why)
	}
	return crier.ReasonRelayUnreachable, fmt.Sprintf("The server at %s closed the connection during the login. Crier tries again.", where)
}

func secured(why, where string, spec crier.RelaySpec) string {
	if why == "" {
		why = "the server refused TLS"
	}
	advice := "Set tls.caBundle to the certificate authority, or tls.serverName to the name in the certificate."
	switch mishap := handshake.Mishap(why); {
	case mishap == handshake.NotOffered:
		advice = "Use tls.mode: Implicit if this port speaks TLS from the first octet, or None if it never does."
	case mishap == handshake.OutOfDate:
		advice = "Ask its operator to renew it."
	case (mishap == handshake.NoTLS || mishap == handshake.Failed) && spec.TLS.Mode == crier.TLSImplicit:
		advice = "Use tls.mode: StartTLS if this port begins without TLS, as port 587 does."
	}
	return fmt.Sprintf("No secure connection to %s: %s. %s", where, why, advice)
}

func unreachable(dial error, event outcome.Event, where string) string {
	var dns *net.DNSError
	switch {
	case errors.As(dial, &dns) && dns.IsNotFound:
		return fmt.Sprintf("There is no address for %s: check the spelling of host.", where)
	case errors.As(dial, &dns):
		return fmt.Sprintf("The name of %s can't be resolved now. Crier tries again.", where)
	case event.Fault == outcome.FaultTimeout && event.Phase == outcome.PhaseConnect:
		return fmt.Sprintf("Nothing answers at %s in time: check host, port and network policies.", where)
	case event.Phase == outcome.PhaseConnect:
		return fmt.Sprintf("The connection to %s is refused: check host and port. Crier tries again.", where)
	case event.Fault == outcome.FaultTimeout:
		return fmt.Sprintf("%s accepts connections but doesn't greet like a mail server: if it speaks TLS from the first octet, use tls.mode: Implicit.", where)
	}
	return fmt.Sprintf("The server at %s closes the connection. Crier tries again.", where)
}

// codes are the numbers of a reply.
func codes(r outcome.Reply) string {
	if r.Enhanced == "" {
		return fmt.Sprint(r.Code)
	}
	return fmt.Sprintf("%d %s", r.Code, r.Enhanced)
}

// capabilities keeps to the bounds of the API.
func capabilities(in []string) []string {
	out := make([]string, 0, min(len(in), maxCapabilities))
	for _, c := range in[:min(len(in), maxCapabilities)] {
		if utf8.RuneCountInString(c) > maxCapability {
			c = string([]rune(c)[:maxCapability])
		}
		out = append(out, c)
	}
	return out
}

// applyVerdict puts the verdict into the status.
func (s *scope) applyVerdict(v reconcile.Verdict) {
	status := &s.relay.Status
	status.ObservedGeneration = s.relay.Generation
	before := s.previous.DeepCopy()
	if v.State == reconcile.Ready {
		v.Message += weakness(s.settings)
	}
	status.Conditions = reconcile.Conditions(before.Conditions, s.relay.Generation, v, s.Clock.Now())
	s.showPublished()
}
