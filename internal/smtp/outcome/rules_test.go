package outcome

import "testing"

// What is said of the login or of the session holds at every phase.
func TestSessionIsRefused(t *testing.T) {
	run(t, []row{
		{PhaseMail, reply(534, "", ""), "NotTried/Relay/AuthenticationFailed -"},
		{PhaseMail, reply(535, "", ""), "NotTried/Relay/AuthenticationFailed -"},
		{PhaseMail, reply(538, "", ""), "NotTried/Relay/AuthenticationFailed -"},
		{PhaseAuth, reply(550, "", ""), "NotTried/Relay/AuthenticationFailed -"},
		{PhaseRcpt, reply(421, "", ""), "NotTried/Relay/RelayUnavailable -"},
		{PhaseRcpt, reply(421, "4.3.2", "too many connections"), "NotTried/Relay/RateLimited -"},
		{PhaseRcpt, reply(421, "4.7.28", ""), "NotTried/Relay/RateLimited -"},
		{PhaseGreeting, reply(554, "", ""), "NotTried/Relay/PolicyRefused -"},
		{PhaseGreeting, reply(550, "5.7.1", ""), "NotTried/Relay/PolicyRefused -"},
		{PhaseGreeting, reply(550, "5.3.2", ""), "NotTried/Relay/RelayUnavailable -"},
	})
}

// Words and codes that mean something elsewhere don't here.
func TestWhatOnlyLooksLikeTheSession(t *testing.T) {
	run(t, []row{
		{PhaseRcpt, reply(550, "5.1.1", "no user starttls"), "Failed/Recipient/MailboxUnknown A"},
		{PhaseRcpt, reply(550, "5.7.500", ""), "Failed/Recipient/PolicyRefused"},
	})
}
