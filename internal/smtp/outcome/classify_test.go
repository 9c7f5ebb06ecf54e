package outcome

import "testing"

func reply(code int, enhanced, text string) Reply { return Reply{code, enhanced, text} }

// row is a reply and its judgement in short: "State/Scope/Cause", then "A" if it counts against the
// address and "-" if the attempt doesn't count.
type row struct {
	phase Phase
	reply Reply
	want  string
}

func (o Outcome) short() string {
	s := string(o.State) + "/" + string(o.Scope) + "/" + string(o.Cause)
	if o.CountsAgainstAddress {
		s += " A"
	}
	if !o.CountsAttempt {
		s += " -"
	}
	return s
}

func run(t *testing.T, rows []row) {
	t.Helper()
	for _, r := range rows {
		if got := Classify(Event{Phase: r.phase, Reply: r.reply}).short(); got != r.want {
			t.Errorf("%s %d %s %q: %s, want %s", r.phase, r.reply.Code, r.reply.Enhanced, r.reply.Text, got, r.want)
		}
	}
}

func TestRecipientReplies(t *testing.T) {
	run(t, []row{
		{PhaseRcpt, reply(550, "5.1.1", "No such user"), "Failed/Recipient/MailboxUnknown A"},
		{PhaseRcpt, reply(550, "", "No such user"), "Failed/Recipient/MailboxUnknown A"},
		{PhaseRcpt, reply(550, "", ""), "Failed/Recipient/MailboxUnknown A"},
		{PhaseRcpt, reply(550, "5.1.2", ""), "Failed/Recipient/DomainUnknown A"},
		{PhaseRcpt, reply(553, "5.1.3", ""), "Failed/Recipient/AddressSyntax A"},
		{PhaseRcpt, reply(551, "5.1.6", ""), "Failed/Recipient/MailboxUnknown A"},
		{PhaseRcpt, reply(556, "5.1.10", ""), "Failed/Recipient/DomainUnknown A"},
		{PhaseRcpt, reply(550, "5.2.1", ""), "Failed/Recipient/MailboxDisabled A"},
		{PhaseRcpt, reply(450, "4.1.1", "unverified"), "Deferred/Recipient/MailboxUnknown"},
		{PhaseRcpt, reply(450, "4.2.1", "receiving mail at a rate"), "Deferred/Recipient/RateLimited"},
		{PhaseRcpt, reply(552, "5.2.2", ""), "Failed/Recipient/MailboxFull"},
		{PhaseRcpt, reply(552, "", ""), "Failed/Recipient/MailboxFull"},
		{PhaseRcpt, reply(452, "4.2.2", ""), "Deferred/Recipient/MailboxFull"},
		{PhaseRcpt, reply(550, "5.7.1", "Rejected by policy"), "Failed/Recipient/PolicyRefused"},
		{PhaseRcpt, reply(554, "5.7.1", "<x>: Relay access denied"), "Failed/Recipient/RelayDenied"},
		{PhaseRcpt, reply(550, "", "relay not permitted"), "Failed/Recipient/RelayDenied"},
		{PhaseRcpt, reply(550, "", "blocked, see the block list"), "Failed/Recipient/SpamRefused"},
		{PhaseRcpt, reply(451, "4.7.1", "Try again later"), "Deferred/Recipient/Greylisted"},
		{PhaseRcpt, reply(450, "4.2.0", "Greylisted for 300 s"), "Deferred/Recipient/Greylisted"},
		{PhaseRcpt, reply(451, "", ""), "Deferred/Recipient/TryLater"},
		{PhaseRcpt, reply(550, "5.7.26", ""), "Failed/Sender/SenderRefused"},
		{PhaseRcpt, reply(550, "5.7.509", ""), "Failed/Sender/SenderRefused"},
		{PhaseRcpt, reply(550, "5.7.515", ""), "Failed/Sender/SenderRefused"},
		{PhaseRcpt, reply(550, "5.3.0", ""), "Failed/Relay/RelayUnavailable"},
		{PhaseRcpt, reply(452, "4.3.1", "No space"), "Deferred/Relay/RelayUnavailable"},
		{PhaseRcpt, reply(503, "5.5.1", "MAIL first"), "Failed/Relay/ProtocolError"},
		{PhaseRcpt, reply(550, "5.4.1", "Access denied"), "Failed/Recipient/Unreachable"},
		{PhaseRcpt, reply(552, "5.3.4", ""), "Failed/Message/MessageTooLarge"},
		{PhaseRcpt, reply(552, "5.2.3", ""), "Failed/Recipient/MessageTooLarge"},
	})
}

// The same reply means different things at different phases.
func TestPhaseDecidesTheScope(t *testing.T) {
	run(t, []row{
		{PhaseMail, reply(450, "", "busy"), "Deferred/Relay/RelayUnavailable"},
		{PhaseMail, reply(550, "5.7.1", "not you"), "Failed/Sender/SenderRefused"},
		{PhaseMail, reply(550, "", ""), "Failed/Sender/SenderRefused"},
		{PhaseMail, reply(552, "5.3.4", ""), "Failed/Message/MessageTooLarge"},
		{PhaseMail, reply(550, "5.1.1", "no such sender"), "Failed/Sender/SenderRefused"},
		{PhaseMail, reply(450, "4.1.1", "unverified"), "Deferred/Sender/SenderRefused"},
		{PhaseMail, reply(450, "4.4.4", "no route to your domain"), "Deferred/Sender/SenderRefused"},
		{PhaseMail, reply(451, "4.4.1", "no answer"), "Deferred/Relay/RelayUnavailable"},
		{PhaseRcpt, reply(454, "4.7.1", "<x>: Relay access denied"), "Deferred/Recipient/RelayDenied"},
		{PhaseMail, reply(451, "4.7.1", ""), "Deferred/Relay/PolicyRefused"},
		{PhaseData, reply(451, "4.7.1", ""), "Deferred/Message/Greylisted"},
		{PhaseDot, reply(451, "4.7.1", ""), "Deferred/Message/Greylisted"},
		{PhaseDot, reply(550, "5.7.1", "looks like spam"), "Failed/Message/SpamRefused"},
		{PhaseDot, reply(550, "5.1.1", ""), "Failed/Message/MailboxUnknown"},
		{PhaseDot, reply(550, "", ""), "Failed/Message/ContentRefused"},
		{PhaseDot, reply(554, "5.6.0", ""), "Failed/Message/ContentRefused"},
		{PhaseDot, reply(552, "5.3.4", ""), "Failed/Message/MessageTooLarge"},
		{PhaseDot, reply(552, "", ""), "Failed/Message/MessageTooLarge"},
		{PhaseDot, reply(450, "4.1.1", ""), "Deferred/Message/MailboxUnknown"},
		{PhaseBody, reply(552, "5.3.4", ""), "Failed/Message/MessageTooLarge"},
		{PhaseDot, reply(250, "2.0.0", "queued"), "Accepted/Message/"},
	})
}

func TestSessionReplies(t *testing.T) {
	run(t, []row{
		{PhaseAuth, reply(535, "5.7.8", ""), "NotTried/Relay/AuthenticationFailed -"},
		{PhaseAuth, reply(454, "4.7.0", ""), "NotTried/Relay/RelayUnavailable -"},
		{PhaseMail, reply(530, "5.7.0", "Authentication required"), "NotTried/Relay/AuthenticationRequired -"},
		{PhaseRcpt, reply(530, "5.7.1", "Client was not authenticated"), "NotTried/Relay/AuthenticationRequired -"},
		{PhaseMail, reply(530, "5.7.0", "Must issue a STARTTLS command first"), "NotTried/Relay/TLSFailed -"},
		{PhaseMail, reply(535, "5.7.8", ""), "NotTried/Relay/AuthenticationFailed -"},
		{PhaseStartTLS, reply(454, "4.7.0", ""), "NotTried/Relay/TLSFailed -"},
		{PhaseGreeting, reply(554, "5.7.1", ""), "NotTried/Relay/PolicyRefused -"},
		{PhaseGreeting, reply(421, "4.3.2", ""), "NotTried/Relay/RelayUnavailable -"},
		{PhaseMail, reply(454, "4.5.3", ""), "Deferred/Relay/Quota -"},
		{PhaseRcpt, reply(452, "4.5.3", "daily limit"), "Deferred/Relay/Quota -"},
		{PhaseDot, reply(452, "4.5.0", ""), "Deferred/Relay/Quota -"},
		{PhaseRcpt, reply(451, "4.7.500", "Server busy"), "Deferred/Relay/Quota -"},
		{PhaseRcpt, reply(454, "", ""), "Deferred/Recipient/RelayUnavailable"},
		{PhaseEHLO, reply(421, "4.7.0", "too many connections"), "NotTried/Relay/RateLimited -"},
	})
}

// 421 and faults at every phase: what is before the body was not tried, within it is deferred,
// after the dot is unknown, unless the server spoke.
func TestEveryPhase(t *testing.T) {
	for _, phase := range Phases() {
		unspoken, closing := NotTried, NotTried
		switch phase {
		case PhaseBody:
			unspoken, closing = Deferred, Deferred
		case PhaseDot:
			unspoken, closing = Unknown, Deferred
		}
		for _, fault := range []Fault{FaultConnectionLost, FaultTimeout, FaultTLS, FaultProtocol} {
			o := Classify(Event{Phase: phase, Fault: fault})
			if o.State != unspoken || o.CountsAttempt != (unspoken != NotTried) || o.CountsAgainstAddress || o.Phase != phase {
				t.Errorf("%s %s: %+v", phase, fault, o)
			}
		}
		o := Classify(Event{Phase: phase, Reply: reply(421, "4.3.2", "closing")})
		if o.State != closing || o.CountsAttempt != (closing != NotTried) || o.CountsAgainstAddress {
			t.Errorf("%s 421: %+v", phase, o)
		}
		if wantRelay := phase.beforeBody(); (o.Scope == ScopeRelay) != wantRelay {
			t.Errorf("%s 421: scope %s", phase, o.Scope)
		}
		stopped := Classify(Event{Phase: phase, Fault: FaultCanceled})
		if want := map[bool]State{true: Unknown, false: NotTried}[phase == PhaseDot]; stopped.State != want {
			t.Errorf("%s cancelled: %+v", phase, stopped)
		}
	}
}

// No reply of any kind may condemn an address unless it is a permanent one at RCPT.
func TestOnlyRCPTCondemns(t *testing.T) {
	for _, phase := range Phases() {
		for code := 400; code < 600; code++ {
			for _, status := range []string{"", "1.1", "1.2", "1.3", "1.4", "1.6", "1.8", "1.10", "2.1", "2.2", "3.4", "5.1", "7.1", "7.26"} {
				r := reply(code, "", "")
				if status != "" {
					r.Enhanced = string(rune('0'+code/100)) + "." + status
				}
				o := Classify(Event{Phase: phase, Reply: r})
				if !o.CountsAgainstAddress {
					continue
				}
				listed := status == "" && code == 550
				switch status {
				case "1.1", "1.2", "1.3", "1.6", "1.10", "2.1":
					listed = true
				}
				if !listed || phase != PhaseRcpt || code < 500 || o.Scope != ScopeRecipient {
					t.Fatalf("%s %d %s: %+v", phase, code, r.Enhanced, o)
				}
			}
		}
	}
}

func TestSuccessWhereNoneBelongs(t *testing.T) {
	for phase, want := range map[Phase]State{PhaseData: NotTried, PhaseRcpt: NotTried, PhaseBody: Deferred} {
		if o := Classify(Event{Phase: phase, Reply: reply(250, "", "")}); o.State != want || o.Cause != CauseProtocolError {
			t.Errorf("%s: %+v", phase, o)
		}
	}
}

func TestBeforeAnyCommand(t *testing.T) {
	for fault, want := range map[Fault]string{
		FaultNoSMTPUTF8: "Failed/Recipient/AddressNotSupported",
		FaultBadAddress: "Failed/Recipient/AddressSyntax",
		FaultLocal:      "NotTried/Relay/Interrupted -",
	} {
		if got := Classify(Event{Phase: PhaseMail, Fault: fault}).short(); got != want {
			t.Errorf("%s: %s, want %s", fault, got, want)
		}
	}
	if o := Classify(Event{Phase: PhaseConnect, Fault: FaultLocal}); o.Cause != CauseMisconfigured {
		t.Errorf("settings: %+v", o)
	}
}

// An outcome names the cause of a fault, and what became of the message.
func TestFaults(t *testing.T) {
	for _, c := range []struct {
		phase Phase
		fault Fault
		want  string
	}{
		{PhaseConnect, FaultTimeout, "NotTried/Relay/Timeout -"},
		{PhaseBody, FaultConnectionLost, "Deferred/Message/ConnectionLost"},
		{PhaseBody, FaultTimeout, "Deferred/Message/Timeout"},
		{PhaseBody, FaultTLS, "Deferred/Message/TLSFailed"},
		{PhaseBody, FaultCanceled, "NotTried/Message/Interrupted -"},
		{PhaseBody, FaultLocal, "NotTried/Message/Interrupted -"},
		{PhaseBody, "of a later release", "Deferred/Message/Unclassified"},
		{PhaseDot, FaultTimeout, "Unknown/Message/Timeout"},
	} {
		if got := Classify(Event{Phase: c.phase, Fault: c.fault}).short(); got != c.want {
			t.Errorf("%s %s: %s, want %s", c.phase, c.fault, got, c.want)
		}
	}
}

// Codes of 2xx accept at the dot, 4xx and 5xx refuse; others are not SMTP.
func TestRangesOfCodes(t *testing.T) {
	run(t, []row{
		{PhaseDot, reply(200, "", ""), "Accepted/Message/"},
		{PhaseDot, reply(299, "", ""), "Accepted/Message/"},
		{PhaseDot, reply(399, "", ""), "Unknown/Message/ProtocolError"},
		{PhaseRcpt, reply(399, "", ""), "NotTried/Relay/ProtocolError -"},
		{PhaseRcpt, reply(600, "", ""), "NotTried/Relay/ProtocolError -"},
	})
}

// Whatever the judgement, it tells the reply and the phase that it is about.
func TestOutcomeKeepsWhatItIsAbout(t *testing.T) {
	words := reply(250, "2.0.0", "queued as 4711")
	for _, e := range []Event{
		{Phase: PhaseDot, Reply: words},
		{Phase: PhaseData, Reply: words},
		{Phase: PhaseBody, Reply: words, Fault: FaultTimeout},
		{Phase: PhaseRcpt, Reply: reply(550, "5.1.1", "no such user")},
	} {
		if o := Classify(e); o.Reply != e.Reply || o.Phase != e.Phase {
			t.Errorf("%+v: told as %+v at %q", e, o.Reply, o.Phase)
		}
	}
}

func TestPhasesAreThoseOfASession(t *testing.T) {
	all := Phases()
	if len(all) != 10 || all[0] != PhaseConnect || all[len(all)-1] != PhaseDot {
		t.Errorf("got %v, want all from connecting to the dot", all)
	}
}
