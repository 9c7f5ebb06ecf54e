package transport

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"crier.dev/crier/internal/smtp/outcome"
	"crier.dev/crier/internal/testing/smtptest"
)

var levels = []Level{LevelOff, LevelWithin, LevelAcross}

// faults are what a server can do at a phase.
var faults = []struct {
	name string
	rule smtptest.Rule
}{
	{"454", smtptest.Rule{Code: 454, Text: "TLS not available due to temporary reason"}},
	{"535", smtptest.Rule{Code: 535, Enhanced: "5.7.8", Text: "Authentication credentials invalid"}},
	{"530", smtptest.Rule{Code: 530, Enhanced: "5.7.0", Text: "Authentication required"}},
	{"550 5.7.1", smtptest.Rule{Code: 550, Enhanced: "5.7.1", Text: "Not authorized"}},
	{"550 5.1.1", smtptest.Rule{Code: 550, Enhanced: "5.1.1", Text: "No such user"}},
	{"550", smtptest.Rule{Code: 550, Text: "No"}},
	{"552 5.3.4", smtptest.Rule{Code: 552, Enhanced: "5.3.4", Text: "Message too big"}},
	{"451 4.7.1", smtptest.Rule{Code: 451, Enhanced: "4.7.1", Text: "Please try again later"}},
	{"421", smtptest.Rule{Code: 421, Enhanced: "4.3.2", Text: "Shutting down"}},
	{"450 4.1.1", smtptest.Rule{Code: 450, Enhanced: "4.1.1", Text: "Unverified address"}},
	{"drop", smtptest.Rule{Drop: smtptest.DropBefore}},
	{"time-out", smtptest.Rule{Drop: smtptest.DropBefore, How: smtptest.HowSilent}},
}

// inShort is a judgement in one line.
func inShort(o outcome.Outcome) string {
	s := fmt.Sprintf("%s/%s/%s", o.State, o.Scope, o.Cause)
	if o.CountsAgainstAddress {
		s += " address"
	}
	if !o.CountsAttempt {
		s += " uncounted"
	}
	return s
}

const target = "target@b.test"

// atFault runs into a fault: at the third message of a session, or at its opening.
func atFault(t *testing.T, level Level, rule smtptest.Rule, data []byte) outcome.Event {
	switch rule.Phase {
	case smtptest.Connect, smtptest.EHLO:
	case smtptest.Mail:
		rule.Skip, rule.First = 2, 1
	default:
		rule.Recipient = target
	}
	s := smtptest.Start(t, smtptest.Script{Rules: []smtptest.Rule{rule}})
	cfg := plainConfig(s)
	cfg.Pipelining = level
	if rule.Phase == smtptest.Body && rule.How == smtptest.HowSilent {
		// Nor does it listen any more.
		stopped := rule
		stopped.Drop, stopped.How, stopped.Delay = "", "", smtptest.Duration(5*time.Second)
		if err := s.SetScript(smtptest.Script{Rules: []smtptest.Rule{stopped}}); err != nil {
			t.Fatal(err)
		}
	}
	if rule.How == smtptest.HowSilent {
		const soon = 60 * time.Millisecond
		cfg.Timeouts.Greeting, cfg.Timeouts.Command, cfg.Timeouts.Data = soon, soon, soon
		cfg.Timeouts.Block, cfg.Timeouts.Dot = soon, soon
	}
	c, failure := Dial(t.Context(), cfg)
	if failure != nil {
		return failure.Event
	}
	defer c.Close()
	first, second := one(toB, letter, proceed), one(toB, letter, proceed)
	third := one(Envelope{From: "a@a.test", To: target}, data, proceed)
	for _, pair := range [][2]*Transaction{{first, second}, {second, third}} {
		if got := c.Send(t.Context(), pair[0], pair[1]); outcome.Classify(got).State != outcome.Accepted {
			t.Fatalf("before the fault: %+v", got)
		}
	}
	if c.Level() != level || c.Announced() != (level == LevelAcross) {
		t.Errorf("level %s, announced %t", c.Level(), c.Announced())
	}
	fourth := one(toB, letter, proceed)
	event := c.Send(t.Context(), third, fourth)
	neighbour(t, c, fourth)
	return event
}

// neighbour sends what follows a fault: it gets through, or it is not tried because the connection
// is gone. In no case does the fault rub off on it.
func neighbour(t *testing.T, c *Conn, after *Transaction) {
	t.Helper()
	o := outcome.Classify(c.Send(t.Context(), after, nil))
	lost := o.State == outcome.NotTried && !o.CountsAttempt && !c.Usable()
	if o.State != outcome.Accepted && !lost {
		t.Errorf("the next message: %s, usable %t", inShort(o), c.Usable())
	}
}

// judgements is what each fault means at each phase, whatever the level. "body" is a message that
// leaves in several writes, so that its end has not left when the fault comes; "flight" is one that
// has left whole by then. "address" counts against the address, "uncounted" is no attempt.
const judgements = `
454
	greeting EHLO             NotTried/Relay/RelayUnavailable uncounted
	MAIL                      Deferred/Relay/RelayUnavailable
	RCPT                      Deferred/Recipient/RelayUnavailable
	DATA body flight dot      Deferred/Message/RelayUnavailable
535
	greeting EHLO MAIL RCPT DATA body flight dot NotTried/Relay/AuthenticationFailed uncounted
530
	greeting EHLO MAIL RCPT DATA body flight dot NotTried/Relay/AuthenticationRequired uncounted
550 5.7.1
	greeting EHLO             NotTried/Relay/PolicyRefused uncounted
	MAIL                      Failed/Sender/SenderRefused
	RCPT                      Failed/Recipient/PolicyRefused
	DATA body flight dot      Failed/Message/PolicyRefused
550 5.1.1
	greeting EHLO             NotTried/Relay/RelayUnavailable uncounted
	MAIL                      Failed/Sender/SenderRefused
	RCPT                      Failed/Recipient/MailboxUnknown address
	DATA body flight dot      Failed/Message/MailboxUnknown
550
	greeting EHLO             NotTried/Relay/RelayUnavailable uncounted
	MAIL                      Failed/Sender/SenderRefused
	RCPT                      Failed/Recipient/MailboxUnknown address
	DATA body flight dot      Failed/Message/ContentRefused
552 5.3.4
	greeting EHLO             NotTried/Relay/RelayUnavailable uncounted
	MAIL RCPT DATA body flight dot Failed/Message/MessageTooLarge
451 4.7.1
	greeting EHLO             NotTried/Relay/RelayUnavailable uncounted
	MAIL                      Deferred/Relay/PolicyRefused
	RCPT                      Deferred/Recipient/Greylisted
	DATA body flight dot      Deferred/Message/Greylisted
421
	greeting EHLO MAIL RCPT DATA NotTried/Relay/RelayUnavailable uncounted
	body flight dot           Deferred/Message/RelayUnavailable
450 4.1.1
	greeting EHLO             NotTried/Relay/RelayUnavailable uncounted
	MAIL                      Deferred/Sender/SenderRefused
	RCPT                      Deferred/Recipient/MailboxUnknown
	DATA body flight dot      Deferred/Message/MailboxUnknown
drop
	greeting EHLO MAIL RCPT DATA NotTried/Relay/ConnectionLost uncounted
	body                      Deferred/Message/ConnectionLost
	flight dot                Unknown/Message/ConnectionLost
time-out
	greeting EHLO MAIL RCPT DATA NotTried/Relay/Timeout uncounted
	body                      Deferred/Message/Timeout
	flight dot                Unknown/Message/Timeout
`

// TestFaultAtEachPhaseAndLevel meets every fault at every phase at every level.
func TestFaultAtEachPhaseAndLevel(t *testing.T) {
	want := readJudgements(t)
	phases := map[string]smtptest.Phase{
		"greeting": smtptest.Connect, "EHLO": smtptest.EHLO, "MAIL": smtptest.Mail, "RCPT": smtptest.Rcpt,
		"DATA": smtptest.Data, "body": smtptest.Body, "flight": smtptest.Body, "dot": smtptest.Dot,
	}
	for _, f := range faults {
		for name, phase := range phases {
			for _, level := range levels {
				t.Run(f.name+" at "+name+" "+level.String(), func(t *testing.T) {
					t.Parallel()
					rule, data := f.rule, letter
					rule.Phase = phase
					if name == "body" {
						data = large
					}
					got := inShort(outcome.Classify(atFault(t, level, rule, data)))
					if want[f.name+" at "+name] != got {
						t.Errorf("%s, want %s", got, want[f.name+" at "+name])
					}
				})
			}
		}
	}
}

// readJudgements gives the judgement by "fault at phase".
func readJudgements(t *testing.T) map[string]string {
	table, fault := map[string]string{}, ""
	for line := range strings.Lines(strings.TrimSpace(judgements)) {
		cells := strings.Fields(line)
		if line[0] != '\t' {
			fault = strings.TrimSpace(line)
			continue
		}
		at := slices.IndexFunc(cells, func(c string) bool { return strings.Contains(c, "/") })
		for _, phase := range cells[:at] {
			table[fault+" at "+phase] = strings.Join(cells[at:], " ")
		}
	}
	if len(table) != len(faults)*8 {
		t.Fatalf("the table has %d judgements", len(table))
	}
	return table
}
