package transport

import (
	"strings"
	"testing"

	"crier.dev/crier/internal/smtp/outcome"
	"crier.dev/crier/internal/testing/smtptest"
)

// Replies that are none end the session. After the dot they leave the outcome open.
func TestMalformedReplies(t *testing.T) {
	raws := map[string]string{
		"words": "garbage\r\n", "two digits": "25 x\r\n", "no such code": "999 x\r\n", "letter": "250x\r\n",
		"codes differ": "250-a\r\n251 b\r\n", "endless line": "250 " + strings.Repeat("x", 70_000) + "\r\n",
		"endless": strings.Repeat("250-x\r\n", 100), "empty": "\r\n", "HTTP": "HTTP/1.1 400 Bad Request\r\n\r\n",
	}
	for name, raw := range raws {
		for phase, want := range map[smtptest.Phase]string{
			smtptest.Mail: "NotTried/Relay/ProtocolError uncounted",
			smtptest.Rcpt: "NotTried/Relay/ProtocolError uncounted",
			smtptest.Data: "NotTried/Relay/ProtocolError uncounted",
			smtptest.Dot:  "Unknown/Message/ProtocolError",
		} {
			for _, level := range levels {
				got := inShort(outcome.Classify(atFault(t, level, smtptest.Rule{Phase: phase, Raw: raw}, letter)))
				if got != want {
					t.Errorf("%s at %s, %s: %s, want %s", name, phase, level, got, want)
				}
			}
		}
	}
}

// A line longer than it may be is as good as its code.
func TestLongReplyLine(t *testing.T) {
	for _, n := range []int{600, 4091, 4092, 4093, 5000, 60_000} {
		for _, level := range levels {
			got := atFault(t, level, smtptest.Rule{Phase: smtptest.Dot, Raw: "550 5.7.0 " + strings.Repeat("x", n) + "\r\n"}, letter)
			if o := outcome.Classify(got); o.State != outcome.Failed || got.Reply.Code != 550 || !strings.HasPrefix(got.Reply.Text, "xxx") {
				t.Errorf("%d octets, %s: %+v", n, level, got)
			}
		}
	}
}

// What the server says before it is asked is never taken for the reply to what comes next.
func TestRepliesOutOfTurn(t *testing.T) {
	for name, test := range map[string]struct{ raw, want string }{
		"a success": {"354 Go\r\n250 2.0.0 Ok: queued\r\n", "NotTried/Relay/ProtocolError uncounted"},
		"closing":   {"354 Go\r\n421 4.3.2 Shutting down\r\n", "NotTried/Relay/RelayUnavailable uncounted"},
		"changed":   {"354 Go\r\n451 4.3.0 Queue file write error\r\n", "Deferred/Message/RelayUnavailable"},
	} {
		for _, level := range levels {
			rule := smtptest.Rule{Phase: smtptest.Data, Raw: test.raw}
			if got := inShort(outcome.Classify(atFault(t, level, rule, letter))); got != test.want {
				t.Errorf("%s, %s: %s, want %s", name, level, got, test.want)
			}
		}
	}
}

// A server that takes a message and says good-bye in one breath: the next one is not tried.
func TestGoodbyeAfterAMessage(t *testing.T) {
	for _, level := range levels {
		s := smtptest.Start(t, smtptest.Script{Rules: []smtptest.Rule{
			{Phase: smtptest.Dot, Recipient: target, Raw: "250 2.0.0 Ok\r\n421 4.3.2 Idle\r\n", Drop: smtptest.DropAfter},
		}})
		cfg := plainConfig(s)
		cfg.Pipelining = level
		c := mustDial(t, cfg)
		last := one(toB, letter, proceed)
		this := one(Envelope{To: target}, letter, proceed)
		before := one(toB, letter, proceed)
		c.Send(t.Context(), one(toB, letter, proceed), before)
		c.Send(t.Context(), before, this)
		if got := c.Send(t.Context(), this, last); outcome.Classify(got).State != outcome.Accepted {
			t.Errorf("%s: %+v", level, got)
		}
		got := c.Send(t.Context(), last, nil)
		if o := outcome.Classify(got); got.Reply.Code != 421 || o.State != outcome.NotTried || c.Usable() {
			t.Errorf("%s: then %+v", level, got)
		}
	}
}

// A server that refuses RSET can't be trusted with the next message.
func TestRefusedReset(t *testing.T) {
	for _, level := range levels {
		s := smtptest.Start(t, smtptest.Script{Rules: []smtptest.Rule{
			{Recipient: target, Code: 550},
			{Phase: smtptest.Reset, Code: 500},
		}})
		cfg := plainConfig(s)
		cfg.Pipelining = level
		c := mustDial(t, cfg)
		got := sendAll(t, c, letter, "a@b.test", target, "c@b.test")
		if got[0] != outcome.Accepted || got[1] != outcome.Failed || got[2] != outcome.NotTried || c.Usable() {
			t.Errorf("%s: states %v", level, got)
		}
	}
}
