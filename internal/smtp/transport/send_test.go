package transport

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"crier.dev/crier/internal/smtp/outcome"
	"crier.dev/crier/internal/testing/smtptest"
)

var toB = Envelope{From: "a@a.test", To: "b@b.test"}

func proceed() error { return nil }

func one(env Envelope, data []byte, before func() error) *Transaction {
	return &Transaction{Envelope: env, Data: data, BeforeDot: before}
}

// large doesn't fit into the buffers of a loopback connection.
var large = bytes.Repeat([]byte("0123456789012345678901234567890123456789012345678901234567890123\r\n"), 250_000)

func TestSendEachPhase(t *testing.T) {
	type want struct {
		phase  outcome.Phase
		fault  outcome.Fault
		code   int
		state  outcome.State
		usable bool
		stored int
	}
	late := smtptest.Duration(5 * time.Second)
	cases := map[string]struct {
		rule smtptest.Rule
		data []byte
		want want
	}{}
	add := func(name string, rule smtptest.Rule, w want) {
		c := cases[name]
		c.rule, c.want = rule, w
		if w.phase == outcome.PhaseBody {
			c.data = large
		} else {
			c.data = []byte("Subject: x\r\n\r\n.x\r\n")
		}
		cases[name] = c
	}
	for _, p := range []struct {
		at    smtptest.Phase
		phase outcome.Phase
		lost  outcome.State
		// perm is what a 550 makes; 421 leaves the message untried before the body only
		perm, unavailable outcome.State
	}{
		{smtptest.Mail, outcome.PhaseMail, outcome.NotTried, outcome.Failed, outcome.NotTried},
		{smtptest.Rcpt, outcome.PhaseRcpt, outcome.NotTried, outcome.Failed, outcome.NotTried},
		{smtptest.Data, outcome.PhaseData, outcome.NotTried, outcome.Failed, outcome.NotTried},
		{smtptest.Dot, outcome.PhaseDot, outcome.Unknown, outcome.Failed, outcome.Deferred},
	} {
		n := string(p.at)
		add(n+" 4xx", smtptest.Rule{Phase: p.at, Code: 451}, want{p.phase, "", 451, outcome.Deferred, true, 0})
		add(n+" 5xx", smtptest.Rule{Phase: p.at, Code: 550, Text: "no\nnever"}, want{p.phase, "", 550, p.perm, true, 0})
		add(n+" 421", smtptest.Rule{Phase: p.at, Code: 421}, want{p.phase, "", 421, p.unavailable, false, 0})
		add(n+" drop", smtptest.Rule{Phase: p.at, Drop: smtptest.DropBefore}, want{p.phase, outcome.FaultConnectionLost, 0, p.lost, false, 0})
		add(n+" late", smtptest.Rule{Phase: p.at, Delay: late}, want{p.phase, outcome.FaultTimeout, 0, p.lost, false, 0})
		add(n+" nonsense", smtptest.Rule{Phase: p.at, Code: 299}, want{p.phase, "", 250, outcome.Accepted, true, 1})
	}
	add("mail nonsense", smtptest.Rule{Phase: smtptest.Mail, Code: 354}, want{outcome.PhaseMail, outcome.FaultProtocol, 354, outcome.NotTried, false, 0})
	add("rcpt nonsense", smtptest.Rule{Phase: smtptest.Rcpt, Code: 334}, want{outcome.PhaseRcpt, outcome.FaultProtocol, 334, outcome.NotTried, false, 0})
	add("data nonsense", smtptest.Rule{Phase: smtptest.Data, Code: 250}, want{outcome.PhaseData, outcome.FaultProtocol, 250, outcome.NotTried, false, 0})
	add("dot nonsense", smtptest.Rule{Phase: smtptest.Dot, Code: 354}, want{outcome.PhaseDot, outcome.FaultProtocol, 354, outcome.Unknown, false, 0})
	add("dot stored, no reply", smtptest.Rule{Phase: smtptest.Dot, Drop: smtptest.DropStored}, want{outcome.PhaseDot, outcome.FaultConnectionLost, 0, outcome.Unknown, false, 1})
	add("250 and drop", smtptest.Rule{Phase: smtptest.Dot, Drop: smtptest.DropAfter}, want{outcome.PhaseDot, "", 250, outcome.Accepted, true, 1})
	add("body drop", smtptest.Rule{Phase: smtptest.Body, Drop: smtptest.DropBefore}, want{outcome.PhaseBody, outcome.FaultConnectionLost, 0, outcome.Deferred, false, 0})
	add("body late", smtptest.Rule{Phase: smtptest.Body, Delay: late}, want{outcome.PhaseBody, outcome.FaultTimeout, 0, outcome.Deferred, false, 0})
	add("no rule", smtptest.Rule{Phase: smtptest.Connect}, want{outcome.PhaseDot, "", 250, outcome.Accepted, true, 1})
	for name, test := range cases {
		both(t, name, func(t *testing.T, level Level) {
			s := smtptest.Start(t, smtptest.Script{Rules: []smtptest.Rule{test.rule}})
			cfg := plainConfig(s)
			cfg.Pipelining = level
			if test.rule.Delay != 0 {
				cfg.Timeouts.Command, cfg.Timeouts.Data = 100*time.Millisecond, 100*time.Millisecond
				cfg.Timeouts.Block, cfg.Timeouts.Dot = 100*time.Millisecond, 100*time.Millisecond
			}
			c := mustDial(t, cfg)
			called := 0
			got := c.Send(t.Context(), one(toB, test.data, func() error { called++; return nil }), nil)
			w := test.want
			if got.Phase != w.phase || got.Fault != w.fault || got.Reply.Code != w.code {
				t.Errorf("event %+v", got)
			}
			if o := outcome.Classify(got); o.State != w.state {
				t.Errorf("outcome %+v, want %s", o, w.state)
			}
			if c.Usable() != w.usable {
				t.Errorf("usable %t", c.Usable())
			}
			if n := s.Stats().Messages; n != w.stored {
				t.Errorf("stored %d, want %d", n, w.stored)
			}
			if wantCalled := w.phase == outcome.PhaseDot; (called == 1) != wantCalled {
				t.Errorf("beforeDot called %d times", called)
			}
		})
	}
}

// both runs a test with and without pipelining.
func both(t *testing.T, name string, f func(t *testing.T, level Level)) {
	t.Helper()
	for _, level := range []Level{LevelOff, LevelAcross} {
		t.Run(name+" "+level.String(), func(t *testing.T) {
			t.Parallel()
			f(t, level)
		})
	}
}

func TestNextMessageAfterARefusal(t *testing.T) {
	s := smtptest.Start(t, smtptest.Script{Rules: []smtptest.Rule{
		{Recipient: "no@b.test", Code: 550, Enhanced: "5.1.1", Text: "No\x1b[31m such user"},
		{Phase: smtptest.Dot, Recipient: "big@b.test", Code: 552},
	}})
	c := mustDial(t, plainConfig(s))
	want := map[string]outcome.State{"no@b.test": outcome.Failed, "big@b.test": outcome.Failed, "b@b.test": outcome.Accepted, "c@b.test": outcome.Accepted}
	for _, to := range []string{"no@b.test", "b@b.test", "big@b.test", "c@b.test"} {
		got := c.Send(t.Context(), one(Envelope{To: to}, []byte("x"), proceed), nil)
		if o := outcome.Classify(got); o.State != want[to] {
			t.Errorf("%s: %+v", to, o)
		}
		if to == "no@b.test" && (got.Reply.Enhanced != "5.1.1" || got.Reply.Text != "No[31m such user") {
			t.Errorf("reply %+v", got.Reply)
		}
	}
	if st := s.Stats(); st.Connections != 1 || st.OutOfOrder != 0 {
		t.Errorf("stats %+v", st)
	}
}

func TestNoDotWithoutJournal(t *testing.T) {
	s := smtptest.Start(t, smtptest.Script{})
	c := mustDial(t, plainConfig(s))
	got := c.Send(t.Context(), one(toB, []byte("x\r\n"), func() error { return errors.New("disk full") }), nil)
	o := outcome.Classify(got)
	if got.Fault != outcome.FaultLocal || o.State != outcome.NotTried || o.CountsAttempt || c.Usable() {
		t.Errorf("event %+v, outcome %+v", got, o)
	}
	untilClosed(t, s)
	if n := s.Stats().Messages; n != 0 {
		t.Errorf("stored %d", n)
	}
	if again := c.Send(t.Context(), one(toB, []byte("x\r\n"), proceed), nil); outcome.Classify(again).State != outcome.NotTried {
		t.Errorf("a used-up connection: %+v", again)
	}
}

// untilClosed waits until the server has seen its connections end.
func untilClosed(t *testing.T, s *smtptest.Server) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); s.Stats().Open > 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the connection stays open")
		}
	}
}

func TestCancelledBeforeTheDot(t *testing.T) {
	for name, rule := range map[string]smtptest.Rule{
		"at RCPT":     {Phase: smtptest.Rcpt, Delay: smtptest.Duration(5 * time.Second)},
		"in the body": {Phase: smtptest.Body, Delay: smtptest.Duration(5 * time.Second)},
		"at the dot":  {Phase: smtptest.Connect},
	} {
		t.Run(name, func(t *testing.T) {
			s := smtptest.Start(t, smtptest.Script{Rules: []smtptest.Rule{rule}})
			c := mustDial(t, plainConfig(s))
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			before := proceed
			if name == "at the dot" {
				before = func() error { cancel(); return nil }
			} else {
				time.AfterFunc(50*time.Millisecond, cancel)
			}
			got := c.Send(ctx, one(toB, large, before), nil)
			if o := outcome.Classify(got); got.Fault != outcome.FaultCanceled || o.State != outcome.NotTried || c.Usable() {
				t.Errorf("event %+v, outcome %+v", got, o)
			}
			if n := s.Stats().Messages; n != 0 {
				t.Errorf("stored %d", n)
			}
		})
	}
}

func TestCancelledAfterTheDotWaits(t *testing.T) {
	s := smtptest.Start(t, smtptest.Script{Rules: []smtptest.Rule{{Phase: smtptest.Dot, Delay: smtptest.Duration(200 * time.Millisecond)}}})
	c := mustDial(t, plainConfig(s))
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	if got := c.Send(ctx, one(toB, []byte("x"), proceed), nil); outcome.Classify(got).State != outcome.Accepted {
		t.Errorf("event %+v", got)
	}
	if ctx.Err() == nil {
		t.Error("the reply came before the cancellation: the test shows nothing")
	}
}

func TestEnvelopeParameters(t *testing.T) {
	full := Envelope{From: "a+tok@a.test", To: "b@b.test", EnvelopeID: "run 1+2", OriginalRecipient: "B+x@b.test"}
	cases := map[string]struct {
		without    []string
		env        Envelope
		mail, rcpt string
	}{
		"all":    {nil, full, "SIZE=3 RET=HDRS ENVID=run+201+2B2", "NOTIFY=FAILURE ORCPT=rfc822;B+2Bx@b.test"},
		"no DSN": {[]string{"DSN"}, full, "SIZE=3", ""},
		"none":   {[]string{"DSN", "SIZE"}, full, "", ""},
		"UTF-8": {[]string{"DSN"}, Envelope{From: "a@a.test", To: "jörg@b.test", UTF8: true},
			"SIZE=3 SMTPUTF8 BODY=8BITMIME", ""},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			s := smtptest.StartConfig(t, smtptest.Config{Without: test.without})
			c := mustDial(t, plainConfig(s))
			if got := c.Send(t.Context(), one(test.env, []byte("x\r\n"), proceed), nil); outcome.Classify(got).State != outcome.Accepted {
				t.Fatalf("event %+v", got)
			}
			m := s.Messages("")[0]
			if m.MailParams != test.mail || m.RcptParams[0] != test.rcpt || m.From != test.env.From || m.To[0] != test.env.To {
				t.Errorf("stored %+v", m)
			}
		})
	}
}

func TestUnfitEnvelopeSendsNothing(t *testing.T) {
	s := smtptest.StartConfig(t, smtptest.Config{Without: []string{"SMTPUTF8"}})
	c := mustDial(t, plainConfig(s))
	cases := map[string]struct {
		env   Envelope
		state outcome.State
		cause outcome.Cause
	}{
		"needs SMTPUTF8": {Envelope{To: "jörg@b.test", UTF8: true}, outcome.Failed, outcome.CauseAddressNotSupported},
		"UTF8 not set":   {Envelope{To: "jörg@b.test"}, outcome.Failed, outcome.CauseAddressNotSupported},
		"second command": {Envelope{To: "b@b.test>\r\nRCPT TO:<c@b.test"}, outcome.Failed, outcome.CauseAddressSyntax},
		"parameter":      {Envelope{To: "b@b.test> X=<y"}, outcome.Failed, outcome.CauseAddressSyntax},
		"open quote":     {Envelope{To: `"b@b.test`}, outcome.Failed, outcome.CauseAddressSyntax},
		"empty":          {Envelope{}, outcome.Failed, outcome.CauseAddressSyntax},
		"too long":       {Envelope{To: strings.Repeat("x", 321)}, outcome.Failed, outcome.CauseAddressSyntax},
		"bad sender":     {Envelope{From: "a\nb", To: "b@b.test"}, outcome.NotTried, outcome.CauseInterrupted},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			o := outcome.Classify(c.Send(t.Context(), one(test.env, []byte("x"), proceed), nil))
			if o.State != test.state || o.Cause != test.cause || o.CountsAgainstAddress {
				t.Errorf("outcome %+v", o)
			}
		})
	}
	if got := c.Send(t.Context(), one(Envelope{To: `"b c>"@b.test`}, []byte("x"), proceed), nil); outcome.Classify(got).State != outcome.Accepted {
		t.Errorf("quoted local part: %+v", got)
	}
	if !c.Usable() || s.Stats().Messages != 1 {
		t.Error("the connection was used up")
	}
}
