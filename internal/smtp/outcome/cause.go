package outcome

// Cause is a reason in one word, stable: it appears in reports, conditions and metrics.
type Cause string

const (
	CauseMailboxUnknown         Cause = "MailboxUnknown"         // no such mailbox
	CauseDomainUnknown          Cause = "DomainUnknown"          // the domain doesn't exist or takes no mail
	CauseMailboxFull            Cause = "MailboxFull"            // over quota
	CauseMailboxDisabled        Cause = "MailboxDisabled"        // exists, but is closed
	CauseAddressSyntax          Cause = "AddressSyntax"          // not a valid address
	CauseAddressNotSupported    Cause = "AddressNotSupported"    // needs SMTPUTF8 (RFC 6531)
	CauseGreylisted             Cause = "Greylisted"             // come back later (RFC 6647)
	CauseRateLimited            Cause = "RateLimited"            // too fast
	CauseTryLater               Cause = "TryLater"               // a 4xx that says no more
	CauseQuota                  Cause = "Quota"                  // our account's share of the relay is used up
	CausePolicyRefused          Cause = "PolicyRefused"          // a rule of the receiving side
	CauseSpamRefused            Cause = "SpamRefused"            // taken for spam or malware
	CauseSenderRefused          Cause = "SenderRefused"          // sender address, SPF, DKIM or DMARC
	CauseRelayDenied            Cause = "RelayDenied"            // the relay won't carry mail for us
	CauseAuthenticationFailed   Cause = "AuthenticationFailed"   // wrong credentials
	CauseAuthenticationRequired Cause = "AuthenticationRequired" // credentials missing
	CauseMessageTooLarge        Cause = "MessageTooLarge"
	CauseContentRefused         Cause = "ContentRefused" // form or content of the message
	CauseTLSFailed              Cause = "TLSFailed"
	CauseConnectionLost         Cause = "ConnectionLost"
	CauseTimeout                Cause = "Timeout"
	CauseProtocolError          Cause = "ProtocolError" // answers that are not SMTP, or complaints about ours
	CauseRelayUnavailable       Cause = "RelayUnavailable"
	CauseUnreachable            Cause = "Unreachable"   // the relay can't reach the recipient's system
	CauseInterrupted            Cause = "Interrupted"   // we stopped before the message had left
	CauseMisconfigured          Cause = "Misconfigured" // our settings for the relay can't work
	CauseRenderFailed           Cause = "RenderFailed"  // the message could not be made for this recipient
	CauseSenderLost             Cause = "SenderLost"    // the sending pod was lost with what it knew
	CauseUnclassified           Cause = "Unclassified"

	// The causes of recipients who are suppressed are the reasons of suppressions.
	CauseUnsubscribed Cause = "Unsubscribed" // left the list
	CauseHardBounce   Cause = "HardBounce"   // the address was found not to exist
	CauseComplaint    Cause = "Complaint"    // marked a message as spam
	CauseManual       Cause = "Manual"       // entered by a person
	CauseLegal        Cause = "Legal"        // must not be written to by law
)

// AboutRecipient says whether the cause speaks of the one address. Many different recipients with
// the same cause that doesn't are a sign that the relay or the sender is misconfigured.
func (c Cause) AboutRecipient() bool {
	switch c {
	case CauseMailboxUnknown, CauseDomainUnknown, CauseMailboxFull, CauseMailboxDisabled,
		CauseAddressSyntax, CauseAddressNotSupported, CauseGreylisted, CauseUnreachable, CauseRenderFailed,
		CauseUnsubscribed, CauseHardBounce, CauseComplaint, CauseManual, CauseLegal:
		return true
	}
	return false
}

// StopsAll says whether what one sender met holds for all that use the Relay.
func (c Cause) StopsAll() bool { return c == CauseQuota || c == CauseAuthenticationFailed }

// login holds for the causes that are a matter of how the session was opened.
func (c Cause) login() bool {
	return c == CauseAuthenticationFailed || c == CauseAuthenticationRequired || c == CauseTLSFailed
}

// Plain says the cause in a sentence for people who don't run mail servers.
func (c Cause) Plain() string { return c.words().plain }

// Advice says what somebody could do about it.
func (c Cause) Advice() string { return c.words().advice }

func (c Cause) words() words {
	if w, ok := explained[c]; ok {
		return w
	}
	return explained[CauseUnclassified]
}
