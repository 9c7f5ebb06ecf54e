package outcome

import "testing"

// Servers without enhanced codes say everything with the code alone.
func TestBareCodes(t *testing.T) {
	run(t, []row{
		{PhaseRcpt, reply(500, "", ""), "Failed/Relay/ProtocolError"},
		{PhaseRcpt, reply(502, "", ""), "Failed/Relay/ProtocolError"},
		{PhaseRcpt, reply(503, "", ""), "Failed/Relay/ProtocolError"},
		{PhaseRcpt, reply(504, "", ""), "Failed/Relay/ProtocolError"},
		{PhaseRcpt, reply(555, "", ""), "Failed/Relay/ProtocolError"},
		{PhaseRcpt, reply(501, "", ""), "Failed/Recipient/AddressSyntax"},
		{PhaseRcpt, reply(553, "", ""), "Failed/Recipient/AddressSyntax"},
		{PhaseRcpt, reply(521, "", ""), "Failed/Recipient/DomainUnknown"},
		{PhaseRcpt, reply(556, "", ""), "Failed/Recipient/DomainUnknown"},
		{PhaseRcpt, reply(551, "", ""), "Failed/Recipient/MailboxUnknown"},
		{PhaseRcpt, reply(554, "", ""), "Failed/Recipient/PolicyRefused"},
		{PhaseRcpt, reply(599, "", ""), "Failed/Recipient/Unclassified"},
		{PhaseRcpt, reply(400, "", ""), "Deferred/Recipient/TryLater"},
		{PhaseRcpt, reply(452, "", ""), "Deferred/Recipient/RelayUnavailable"},
		{PhaseRcpt, reply(450, "", "Rate limit exceeded"), "Deferred/Recipient/RateLimited"},
	})
}

// Words take the verdict on the address away from a bare 550, unless they
// speak of the address.
func TestWordsOfABare550(t *testing.T) {
	run(t, []row{
		{PhaseRcpt, reply(550, "", "denied by policy"), "Failed/Recipient/PolicyRefused"},
		{PhaseRcpt, reply(550, "", "recipient rejected"), "Failed/Recipient/MailboxUnknown A"},
	})
}

// The enhanced code counts more than the code before it.
func TestEnhancedCodes(t *testing.T) {
	run(t, []row{
		{PhaseRcpt, reply(550, "5.1.3", ""), "Failed/Recipient/AddressSyntax A"},
		{PhaseRcpt, reply(554, "5.1.4", ""), "Failed/Recipient/MailboxUnknown"},
		{PhaseRcpt, reply(554, "5.1.6", ""), "Failed/Recipient/MailboxUnknown A"},
		{PhaseRcpt, reply(550, "5.1.7", ""), "Failed/Sender/SenderRefused"},
		{PhaseRcpt, reply(550, "5.1.8", ""), "Failed/Sender/SenderRefused"},
		{PhaseRcpt, reply(550, "5.1.10", ""), "Failed/Recipient/DomainUnknown A"},
		{PhaseRcpt, reply(550, "5.5.1", ""), "Failed/Relay/ProtocolError"},
		{PhaseRcpt, reply(550, "5.5.2", ""), "Failed/Relay/ProtocolError"},
		{PhaseRcpt, reply(550, "5.5.4", ""), "Failed/Relay/ProtocolError"},
		{PhaseRcpt, reply(550, "5.5.9", ""), "Failed/Relay/ProtocolError"},
		{PhaseRcpt, reply(550, "5.6.5", ""), "Failed/Recipient/ContentRefused"},
		{PhaseRcpt, reply(550, "5.6.7", ""), "Failed/Recipient/AddressNotSupported"},
		{PhaseRcpt, reply(550, "5.6.9", ""), "Failed/Recipient/AddressNotSupported"},
		{PhaseRcpt, reply(550, "5.7.8", ""), "NotTried/Relay/AuthenticationFailed -"},
		{PhaseRcpt, reply(550, "5.7.9", ""), "NotTried/Relay/AuthenticationFailed -"},
		{PhaseRcpt, reply(450, "4.7.28", ""), "Deferred/Recipient/RateLimited"},
	})
}

// A mailbox that is closed for now because too much comes isn't disabled; one
// that is closed for good, or full, is what the code says.
func TestWordsTellARateFromAClosedMailbox(t *testing.T) {
	run(t, []row{
		{PhaseRcpt, reply(450, "4.2.1", "too much mail"), "Deferred/Recipient/RateLimited"},
		{PhaseRcpt, reply(450, "4.2.1", ""), "Deferred/Recipient/MailboxDisabled"},
		{PhaseRcpt, reply(550, "5.2.1", "too much mail"), "Failed/Recipient/MailboxDisabled A"},
		{PhaseRcpt, reply(450, "4.2.2", "too much mail"), "Deferred/Recipient/MailboxFull"},
	})
}

// At MAIL nobody has been named yet but the sender.
func TestRepliesToMAILAreAboutTheSender(t *testing.T) {
	run(t, []row{
		{PhaseMail, reply(550, "5.1.3", ""), "Failed/Sender/SenderRefused"},
		{PhaseMail, reply(550, "5.2.1", ""), "Failed/Sender/SenderRefused"},
		{PhaseMail, reply(552, "5.2.2", ""), "Failed/Sender/SenderRefused"},
		{PhaseMail, reply(552, "5.7.1", ""), "Failed/Sender/SenderRefused"},
		{PhaseMail, reply(550, "5.4.1", ""), "Failed/Relay/RelayUnavailable"},
		{PhaseMail, reply(550, "5.6.0", ""), "Failed/Relay/ContentRefused"},
	})
}

// x.7.x is every kind of "we don't want to": words and time tell them apart.
func TestPolicies(t *testing.T) {
	run(t, []row{
		{PhaseRcpt, reply(450, "4.7.1", "rate exceeded"), "Deferred/Recipient/RateLimited"},
		{PhaseRcpt, reply(550, "5.7.1", "against corporate rules"), "Failed/Recipient/PolicyRefused"},
		{PhaseRcpt, reply(450, "4.7.5", "greylisted"), "Deferred/Recipient/Greylisted"},
		{PhaseRcpt, reply(450, "4.7.5", ""), "Deferred/Recipient/PolicyRefused"},
	})
}
