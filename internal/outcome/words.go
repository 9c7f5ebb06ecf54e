package outcome

// words explains a cause to the people who get the report.
type words struct{ plain, advice string }

const (
	nothingToDo = "Nothing to do: it is tried again by itself."
	askPlatform = "Ask the people who run the mail relay, and show them the server's words."
)

var explained = map[Cause]words{
	CauseMailboxUnknown: {"The address does not exist.",
		"Correct or remove it where the subscribers are kept."},
	CauseDomainUnknown: {"The part after the @ does not exist or takes no mail.",
		"Look for a spelling mistake in the domain and correct or remove the address."},
	CauseMailboxFull: {"The mailbox is full.",
		"Reach the person another way; the address itself is fine."},
	CauseMailboxDisabled: {"The mailbox has been closed or switched off.",
		"Remove the address, or ask the organisation to open the mailbox again."},
	CauseAddressSyntax: {"The address is not written correctly.",
		"Correct it where the subscribers are kept."},
	CauseAddressNotSupported: {"The address contains letters that the mail relay cannot handle.",
		"Use another address of this person, or a relay that offers SMTPUTF8."},
	CauseGreylisted: {"The receiving server asks unknown senders to come back later.", nothingToDo},
	CauseRateLimited: {"The receiving server says that mail arrives too fast.",
		nothingToDo + " If it happens often, lower the rate for this destination."},
	CauseTryLater: {"The receiving server asked to try again later.", nothingToDo},
	CauseQuota: {"The sending account has used up its quota at the relay.",
		"Sending goes on by itself when the quota is renewed. If it happens often, ask for a larger one."},
	CausePolicyRefused: {"The receiving side has a rule against this mail.",
		"Ask the receiving organisation which rule it was; the server's words often name it."},
	CauseSpamRefused: {"The receiving side took the mail for spam.",
		"Look at wording and links of the message, and ask the receiving organisation to let it through."},
	CauseSenderRefused: {"The sender address or its domain was not accepted.",
		"Have SPF, DKIM and DMARC of the sender's domain checked, and the relay's list of allowed senders."},
	CauseRelayDenied: {"The relay does not carry mail from here to there.",
		askPlatform + " It must allow this sender to send to other domains."},
	CauseAuthenticationFailed: {"The relay did not accept the user name or password.",
		"Renew the relay's credentials."},
	CauseAuthenticationRequired: {"The relay wants a login and none was given.",
		"Add credentials to the relay's configuration."},
	CauseMessageTooLarge: {"The message is larger than the server takes.",
		"Make it smaller: link to large files instead of attaching them."},
	CauseContentRefused: {"The server did not accept the message itself.",
		"Read the server's words; often an attachment type or a link is not allowed."},
	CauseTLSFailed: {"No encrypted connection to the relay could be made.",
		askPlatform + " Its certificate, its name or its TLS settings do not fit."},
	CauseConnectionLost: {"The connection to the relay was lost.", nothingToDo + " If it goes on, " + lowerFirst(askPlatform)},
	CauseTimeout:        {"The relay did not answer in time.", nothingToDo + " If it goes on, " + lowerFirst(askPlatform)},
	CauseProtocolError:  {"The relay answered in a way that makes no sense.", askPlatform},
	CauseRelayUnavailable: {"The relay is not available at the moment.",
		nothingToDo + " If it goes on, " + lowerFirst(askPlatform)},
	CauseUnreachable: {"The recipient's mail system cannot be reached.",
		"Check the domain of the address; otherwise wait, or reach the person another way."},
	CauseInterrupted: {"Sending was stopped before this message had left.", nothingToDo},
	CauseMisconfigured: {"The settings for the relay do not fit the relay.",
		"Have host, port, encryption and login of the relay checked."},
	CauseRenderFailed: {"The message could not be made for this recipient.",
		"Check the template and this subscriber's fields."},
	CauseSenderLost: {"Crier lost the program that was sending, and with it whether this message had left.",
		"Ask the recipient, or send again to those of whom nothing is known: some may then get it twice."},
	CauseUnclassified: {"The server gave another reason.",
		"Read the server's words; if they don't help, ask the people who run the mail relay."},
}

func lowerFirst(s string) string { return string(s[0]+('a'-'A')) + s[1:] }
