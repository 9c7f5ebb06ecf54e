package outcome

import "strings"

// reading is a failing reply taken apart for the rules.
type reading struct {
	phase     Phase
	code      int
	temporary bool
	subject   string // second number of the enhanced code, "" without one
	detail    string // third number
	words     string // lower-case text
}

func read(e Event) reading {
	r := reading{
		phase:     e.Phase,
		code:      e.Reply.Code,
		temporary: e.Reply.Code < 500,
		words:     strings.ToLower(e.Reply.Text),
	}
	r.subject, r.detail, _ = splitEnhanced(e.Reply.Enhanced)
	return r
}

// status is subject and detail, "" without an enhanced code.
func (r reading) status() string {
	if r.subject == "" {
		return ""
	}
	return r.subject + "." + r.detail
}

func (r reading) says(any ...string) bool {
	for _, w := range any {
		if strings.Contains(r.words, w) {
			return true
		}
	}
	return false
}

// scope says what the reply is about. The phase decides; a few codes overrule it.
func (r reading) scope(c Cause) Scope {
	switch {
	case r.phase.beforeTransaction(), c == CauseQuota, c.login(),
		r.code == 421 && r.phase.beforeBody():
		return ScopeRelay
	case c == CauseMessageTooLarge && r.status() != "2.3":
		// RFC 1870 lets a server refuse a declared size at MAIL or RCPT; 5.2.3 is one mailbox's limit.
		return ScopeMessage
	}
	switch r.phase {
	case PhaseMail:
		if c == CauseSenderRefused {
			return ScopeSender
		}
		return ScopeRelay
	case PhaseRcpt:
		if c == CauseSenderRefused {
			return ScopeSender
		}
		if r.subject == "3" || c == CauseProtocolError { // subject 5 is always that
			return ScopeRelay
		}
		return ScopeRecipient
	}
	return ScopeMessage
}

// addressIsDead holds for the few codes that may ever lead to a suppression (RFC 3463 section 3.2
// and 3.3), and for the classic bare 550 to RCPT. Full mailboxes and policy never do.
func (r reading) addressIsDead(c Cause) bool {
	switch r.status() {
	case "1.1", "1.2", "1.3", "1.6", "1.10", "2.1":
		return true
	case "":
		return r.code == 550 && c == CauseMailboxUnknown
	}
	return false
}

// cause names the reason: the login first, then the enhanced code, then the bare code. Words are
// looked at only to tell apart what the codes leave open.
func (r reading) cause() Cause {
	if c := r.sessionCause(); c != "" {
		return c
	}
	if c := r.statusCause(); c != "" {
		return c
	}
	return r.codeCause()
}

// sessionCause finds what concerns the whole session, whatever the phase.
func (r reading) sessionCause() Cause {
	status := r.status()
	switch {
	case r.quota():
		return CauseQuota
	case r.code == 530 && r.says("starttls"):
		return CauseTLSFailed
	case r.code == 530:
		return CauseAuthenticationRequired
	case r.code == 535, r.code == 534, r.code == 538:
		return CauseAuthenticationFailed
	case r.phase == PhaseAuth && !r.temporary:
		return CauseAuthenticationFailed
	case r.code == 421 && (status == "7.28" || r.says("rate", "too many", "too much", "throttl")):
		return CauseRateLimited
	case r.code == 421:
		return CauseRelayUnavailable
	case r.phase == PhaseStartTLS:
		return CauseTLSFailed
	case r.phase.beforeTransaction() && !r.temporary && (r.subject == "7" || r.code == 554):
		return CausePolicyRefused
	case r.phase.beforeTransaction():
		return CauseRelayUnavailable
	}
	return ""
}

// quota holds for the replies by which relays say that the sending account has used up its share.
func (r reading) quota() bool {
	if r.status() == "7.500" {
		return r.temporary
	}
	return (r.code == 452 || r.code == 454) && r.subject == "5"
}
