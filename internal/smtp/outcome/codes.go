package outcome

// byStatus maps enhanced codes (RFC 3463 and the IANA registry; Google and Microsoft for their own)
// whose meaning doesn't depend on anything else.
var byStatus = map[string]Cause{
	"1.1": CauseMailboxUnknown, "1.2": CauseDomainUnknown, "1.3": CauseAddressSyntax,
	"1.4": CauseMailboxUnknown, "1.6": CauseMailboxUnknown, "1.10": CauseDomainUnknown,
	"1.7": CauseSenderRefused, "1.8": CauseSenderRefused,
	"2.1": CauseMailboxDisabled, "2.2": CauseMailboxFull, "2.3": CauseMessageTooLarge,
	"3.4": CauseMessageTooLarge,
	"4.4": CauseDomainUnknown,
	"5.1": CauseProtocolError, "5.2": CauseProtocolError, "5.4": CauseProtocolError,
	"6.7": CauseAddressNotSupported, "6.9": CauseAddressNotSupported,
	"7.8": CauseAuthenticationFailed, "7.9": CauseAuthenticationFailed,
	"7.26": CauseSenderRefused, "7.509": CauseSenderRefused, "7.515": CauseSenderRefused,
	"7.28": CauseRateLimited,
}

// bySubject is the fallback when the detail says no more.
var bySubject = map[string]Cause{
	"3": CauseRelayUnavailable, "4": CauseUnreachable, "5": CauseProtocolError, "6": CauseContentRefused,
}

// statusCause reads the enhanced code; "" when there is none or it says nothing ("x.0.0").
func (r reading) statusCause() Cause {
	if c, ok := byStatus[r.status()]; ok {
		if c == CauseMailboxDisabled && r.temporary && r.says("rate", "too many", "too much") {
			return CauseRateLimited
		}
		return r.ofSender(c)
	}
	if r.subject == "7" {
		return r.policyCause()
	}
	return r.ofSender(bySubject[r.subject])
}

// ofSender turns what would be said of a recipient into what it means at MAIL, where no recipient has
// been named yet: taken for the recipients' own trouble, a refused sender would look like thousands
// of dead addresses.
func (r reading) ofSender(c Cause) Cause {
	if r.phase != PhaseMail {
		return c
	}
	switch c {
	case CauseMailboxUnknown, CauseDomainUnknown, CauseMailboxFull, CauseMailboxDisabled, CauseAddressSyntax:
		return CauseSenderRefused
	case CauseUnreachable:
		return CauseRelayUnavailable
	}
	return c
}

// policyCause sorts x.7.x, the code for every kind of "we don't want to".
func (r reading) policyCause() Cause {
	switch {
	case r.temporary && r.says("rate", "too many", "too much", "throttl"):
		return CauseRateLimited
	case r.says("relay access denied", "unable to relay", "relaying denied", "relay not permitted", "not permitted to relay"):
		return CauseRelayDenied
	case r.temporary && (r.detail == "1" || r.greylistWords()) && r.phase != PhaseMail:
		return CauseGreylisted
	case r.phase == PhaseMail && !r.temporary:
		return CauseSenderRefused
	case r.says("spam", "virus", "malware", "phish", "reputation", "blocklist", "blacklist", "block list"):
		return CauseSpamRefused
	}
	return CausePolicyRefused
}

func (r reading) greylistWords() bool {
	return r.says("greylist", "graylist", "grey-list", "gray-list", "grey list")
}

// codeCause reads a reply without a telling enhanced code (RFC 5321 section 4.2.3).
func (r reading) codeCause() Cause {
	if r.temporary {
		return r.temporaryCodeCause()
	}
	// Servers without enhanced codes say everything with 550; their words can only take away the
	// verdict on the address, never add it.
	if c := r.policyCause(); c == CauseRelayDenied || c == CauseSpamRefused {
		return c
	}
	switch r.code {
	case 500, 502, 503, 504, 555:
		return CauseProtocolError
	case 552:
		if r.phase == PhaseRcpt {
			return CauseMailboxFull
		}
		return CauseMessageTooLarge
	}
	switch r.phase {
	case PhaseMail:
		return CauseSenderRefused
	case PhaseRcpt:
		return r.recipientCodeCause()
	}
	return CauseContentRefused
}

func (r reading) recipientCodeCause() Cause {
	switch r.code {
	case 550:
		if r.says("block", "banned", "denied", "policy", "reject") && !r.says("user", "mailbox", "recipient", "address") {
			return CausePolicyRefused
		}
		return CauseMailboxUnknown
	case 551:
		return CauseMailboxUnknown
	case 501, 553:
		return CauseAddressSyntax
	case 521, 556: // RFC 7504
		return CauseDomainUnknown
	case 554:
		return CausePolicyRefused
	}
	return CauseUnclassified
}

func (r reading) temporaryCodeCause() Cause {
	switch {
	case r.greylistWords():
		return CauseGreylisted
	case r.says("rate limit", "too many", "too much", "throttl"):
		return CauseRateLimited
	case r.phase == PhaseMail, r.code == 452, r.code == 454:
		return CauseRelayUnavailable
	}
	return CauseTryLater
}
