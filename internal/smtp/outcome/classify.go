package outcome

// Classify judges one event. It must be given the first failing reply of a transaction in command
// order: after a refused MAIL a server answers 503 to everything that follows, and judging the last
// reply would turn a deferral into a permanent failure.
func Classify(e Event) Outcome {
	switch {
	case e.Fault != "":
		return classifyFault(e)
	case e.Phase == PhaseDot && e.Reply.Code/100 == 2:
		return Outcome{State: Accepted, Scope: ScopeMessage, Reply: e.Reply, Phase: e.Phase, CountsAttempt: true}
	case e.Reply.Code < 400 || e.Reply.Code > 599:
		// A success code where it ends the transaction, or no code at all: not SMTP.
		return classifyFault(Event{Phase: e.Phase, Reply: e.Reply, Fault: FaultProtocol})
	}
	return classifyReply(e)
}

// classifyFault judges an event without a usable reply.
func classifyFault(e Event) Outcome {
	o := Outcome{Phase: e.Phase, Reply: e.Reply, Scope: ScopeRelay, Cause: faultCause(e.Fault)}
	if e.Fault == FaultLocal && e.Phase.beforeTransaction() {
		o.Cause = CauseMisconfigured
	}
	switch {
	case e.Fault == FaultNoSMTPUTF8 || e.Fault == FaultBadAddress:
		// Found before any command was sent; waiting will not change it.
		o.State, o.Scope, o.CountsAttempt = Failed, ScopeRecipient, true
	case e.Phase.beforeBody():
		o.State = NotTried
	case e.Phase == PhaseDot:
		// The server may have the message. Neither trying again nor giving up is right.
		o.State, o.Scope, o.CountsAttempt = Unknown, ScopeMessage, true
	case e.Fault == FaultCanceled || e.Fault == FaultLocal:
		o.State, o.Scope = NotTried, ScopeMessage
	default:
		// Lost within the body: the server must discard it, but a message that kills its
		// connection again and again has to back off alone, so the attempt counts.
		o.State, o.Scope, o.CountsAttempt = Deferred, ScopeMessage, true
	}
	return o
}

func faultCause(f Fault) Cause {
	switch f {
	case FaultConnectionLost:
		return CauseConnectionLost
	case FaultTimeout:
		return CauseTimeout
	case FaultTLS:
		return CauseTLSFailed
	case FaultProtocol:
		return CauseProtocolError
	case FaultCanceled, FaultLocal:
		return CauseInterrupted
	case FaultNoSMTPUTF8:
		return CauseAddressNotSupported
	case FaultBadAddress:
		return CauseAddressSyntax
	}
	return CauseUnclassified
}

// classifyReply judges a 4xx or 5xx.
func classifyReply(e Event) Outcome {
	r := read(e)
	o := Outcome{Phase: e.Phase, Reply: e.Reply, Cause: r.cause(), CountsAttempt: true}
	o.Scope = r.scope(o.Cause)
	o.State = Failed
	if r.temporary {
		o.State = Deferred
	}
	switch {
	case e.Phase.beforeTransaction(),
		e.Reply.Code == 421 && e.Phase.beforeBody(),
		o.Cause.login():
		// The session is refused, not the recipient.
		o.State, o.CountsAttempt = NotTried, false
	case o.Cause == CauseQuota:
		o.CountsAttempt = false
	}
	o.CountsAgainstAddress = o.State == Failed && o.Scope == ScopeRecipient && r.addressIsDead(o.Cause)
	return o
}
