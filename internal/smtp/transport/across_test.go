package transport

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"crier.dev/crier/internal/smtp/outcome"
	"crier.dev/crier/internal/testing/smtptest"
)

// sendAll sends to recipients in turn, each announced with the one before, and gives the states.
func sendAll(t *testing.T, c *Conn, data []byte, recipients ...string) []outcome.State {
	t.Helper()
	list := make([]*Transaction, len(recipients)+1)
	for i, to := range recipients {
		list[i] = one(Envelope{From: "a@a.test", To: to}, data, proceed)
	}
	states := make([]outcome.State, len(recipients))
	for i := range recipients {
		states[i] = outcome.Classify(c.Send(t.Context(), list[i], list[i+1])).State
	}
	return states
}

func recipients(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("r%d@b.test", i)
	}
	return list
}

func accepted(states []outcome.State) bool {
	return !slices.ContainsFunc(states, func(s outcome.State) bool { return s != outcome.Accepted })
}

func TestFlightsOfEachLevel(t *testing.T) {
	const n = 6
	steps := map[Level]string{
		LevelOff:    strings.Repeat("MAIL|RCPT|DATA|.|", n),
		LevelWithin: strings.Repeat("MAIL RCPT DATA|.|", n),
		// The first message has no answer to go by yet.
		LevelAcross: "MAIL RCPT DATA|.|MAIL RCPT DATA|" + strings.Repeat(". MAIL RCPT DATA|", n-2) + ".|",
	}
	for _, level := range levels {
		for _, encrypted := range []bool{false, true} {
			for _, size := range []int{len(letter), 60 << 10} {
				t.Run(fmt.Sprintf("%s %t %d", level, encrypted, size), func(t *testing.T) {
					s := smtptest.Start(t, smtptest.Script{LogFlights: true})
					cfg := plainConfig(s)
					if encrypted {
						s, cfg = secured(t, func(c *smtptest.Config) { c.Script.LogFlights = true })
					}
					cfg.Pipelining = level
					counted := &writes{}
					cfg.Dialer = counted.dial
					c := mustDial(t, cfg)
					before := len(s.Flights())
					counted.n.Store(0)
					if got := sendAll(t, c, bytes.Repeat(letter, size/len(letter)), recipients(n)...); !accepted(got) {
						t.Fatalf("states %v", got)
					}
					got, flights := "", s.Flights()[before:]
					for _, f := range flights {
						got += strings.Join(f.Steps, " ") + "|"
					}
					if got != steps[level] {
						t.Errorf("flights %s, want %s", got, steps[level])
					}
					if n := int(counted.n.Load()); n != len(flights) {
						t.Errorf("%d writes for %d flights", n, len(flights))
					}
				})
			}
		}
	}
}

func TestNoPipeliningWithoutTheKeyword(t *testing.T) {
	s := smtptest.StartConfig(t, smtptest.Config{Without: []string{"PIPELINING"}, Script: smtptest.Script{LogFlights: true}})
	c := mustDial(t, plainConfig(s))
	if got := sendAll(t, c, letter, recipients(3)...); !accepted(got) || c.Level() != LevelOff {
		t.Errorf("states %v at level %s", got, c.Level())
	}
	for _, f := range s.Flights() {
		if len(f.Steps) != 1 {
			t.Errorf("pipelined %v", f.Steps)
		}
	}
}

// Refusals of every kind among good messages: each gets its own verdict, on one connection.
func TestRefusalsDoNotDisturbOthers(t *testing.T) {
	script := smtptest.Script{LogFlights: true, Rules: []smtptest.Rule{
		{Glob: "rcpt*", Code: 550, Enhanced: "5.1.1", Text: "No\nsuch\nuser"},
		{Glob: "grey*", Code: 451, Enhanced: "4.7.1"},
		{Phase: smtptest.Data, Glob: "data*", Code: 451},
		{Phase: smtptest.Dot, Glob: "dot*", Code: 554},
	}}
	order := []string{"ok0", "ok1", "rcpt1", "ok2", "rcpt2", "rcpt3", "grey1", "ok3", "data1", "ok4", "data2", "rcpt4",
		"dot1", "dot2", "ok5", "dot3", "rcpt5", "data3", "rcpt6", "ok6", "rcpt7"}
	wanted := map[byte]outcome.State{'o': outcome.Accepted, 'r': outcome.Failed, 'g': outcome.Deferred, 'd': outcome.Deferred}
	var want []outcome.State
	for i, name := range order {
		order[i] = name + "@b.test"
		state := wanted[name[0]]
		if strings.HasPrefix(name, "dot") {
			state = outcome.Failed
		}
		want = append(want, state)
	}
	for _, level := range levels {
		for way := range 4 {
			forNobody, encrypted := way%2 == 1, way/2 == 1
			t.Run(fmt.Sprintf("%s %t %t", level, forNobody, encrypted), func(t *testing.T) {
				script.DataForNobody = forNobody
				s := smtptest.Start(t, script)
				cfg := plainConfig(s)
				if encrypted {
					s, cfg = secured(t, func(c *smtptest.Config) { c.Script = script })
				}
				cfg.Pipelining = level
				c := mustDial(t, cfg)
				if got := sendAll(t, c, letter, order...); !slices.Equal(got, want) {
					t.Errorf("states %v, want %v", got, want)
				}
				if err := c.Close(); err != nil {
					t.Errorf("close: %v", err)
				}
				st := s.Stats()
				if st.Messages != 7 || st.Recipients != 7 || st.OutOfOrder != 0 || st.Connections != 1 {
					t.Errorf("stats %+v", st)
				}
				// EHLO, QUIT, what the first two cost more, the last refusal's RSET or lone dot; and what
				// it takes to get as far as EHLO over TLS.
				if most := len(order) + 5 + 4*(way/2); level == LevelAcross && st.Flights > most {
					t.Errorf("%d flights, want at most %d", st.Flights, most)
				}
			})
		}
	}
}

// A MAIL that is refused needs no RSET, and takes RCPT and DATA with it.
func TestFirstFailureDecides(t *testing.T) {
	for _, level := range levels {
		s := smtptest.Start(t, smtptest.Script{Rules: []smtptest.Rule{{Phase: smtptest.Mail, Code: 450, Enhanced: "4.3.0", Skip: 2, First: 2}}})
		cfg := plainConfig(s)
		cfg.Pipelining = level
		c := mustDial(t, cfg)
		got := sendAll(t, c, letter, recipients(6)...)
		want := []outcome.State{outcome.Accepted, outcome.Accepted, outcome.Deferred, outcome.Deferred, outcome.Accepted, outcome.Accepted}
		if st := s.Stats(); !slices.Equal(got, want) || st.OutOfOrder != 0 || st.Connections != 1 {
			t.Errorf("%s: states %v, stats %+v", level, got, st)
		}
	}
}

// goAcross brings a connection to where it announces, and announces.
func goAcross(t *testing.T, c *Conn, announced *Transaction) {
	t.Helper()
	second := one(toB, letter, proceed)
	c.Send(t.Context(), one(toB, letter, proceed), second)
	if got := c.Send(t.Context(), second, announced); outcome.Classify(got).State != outcome.Accepted || !c.Announced() {
		t.Fatalf("event %+v, announced %t", got, c.Announced())
	}
}

func TestAnnouncedTransactionIsNotSentByOthers(t *testing.T) {
	announced := one(Envelope{To: "x@b.test"}, letter, proceed)
	cases := map[string]func(*Conn) outcome.Event{
		"another first": func(c *Conn) outcome.Event { return c.Send(t.Context(), one(toB, letter, proceed), nil) },
		"closed":        func(c *Conn) outcome.Event { c.Close(); return c.Send(t.Context(), announced, nil) },
		"cancelled": func(c *Conn) outcome.Event {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			return c.Send(ctx, announced, nil)
		},
		"no journal": func(c *Conn) outcome.Event {
			refused := *announced
			announced.BeforeDot = func() error { return errors.New("disk full") }
			defer func() { *announced = refused }()
			return c.Send(t.Context(), announced, one(toB, letter, proceed))
		},
	}
	for name, f := range cases {
		t.Run(name, func(t *testing.T) {
			s := smtptest.Start(t, smtptest.Script{})
			c := mustDial(t, plainConfig(s))
			goAcross(t, c, announced)
			o := outcome.Classify(f(c))
			if o.State != outcome.NotTried || o.CountsAttempt || c.Usable() || c.Announced() {
				t.Errorf("outcome %+v", o)
			}
			untilClosed(t, s)
			if n := s.Stats().Messages; n != 2 {
				t.Errorf("stored %d", n)
			}
		})
	}
}

// What can't be announced is sent for itself, with its own verdict.
func TestUnfitIsNotAnnounced(t *testing.T) {
	s := smtptest.Start(t, smtptest.Script{})
	c := mustDial(t, plainConfig(s))
	got := sendAll(t, c, letter, "a@b.test", "b@b.test", "b@b.test> X", "c@b.test", "d@b.test")
	want := []outcome.State{outcome.Accepted, outcome.Accepted, outcome.Failed, outcome.Accepted, outcome.Accepted}
	if !slices.Equal(got, want) || s.Stats().Connections != 1 {
		t.Errorf("states %v", got)
	}
}

// The reply to a dot is waited for when the context ends, although the next has been announced.
func TestCancelledAcrossWaitsForTheReply(t *testing.T) {
	s := smtptest.Start(t, smtptest.Script{Rules: []smtptest.Rule{{Phase: smtptest.Dot, Recipient: target, Delay: smtptest.Duration(200 * time.Millisecond)}}})
	c := mustDial(t, plainConfig(s))
	slow, last := one(Envelope{To: target}, letter, proceed), one(toB, letter, proceed)
	goAcross(t, c, slow)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	if got := c.Send(ctx, slow, last); outcome.Classify(got).State != outcome.Accepted || ctx.Err() == nil {
		t.Errorf("event %+v", got)
	}
	if got := outcome.Classify(c.Send(ctx, last, nil)); got.State != outcome.NotTried || got.Cause != outcome.CauseInterrupted {
		t.Errorf("after the cancellation: %+v", got)
	}
	untilClosed(t, s)
	if n := s.Stats().Messages; n != 3 {
		t.Errorf("stored %d", n)
	}
}

// A message of many blocks sits well between announced ones.
func TestLargeMessagesAcross(t *testing.T) {
	s := smtptest.Start(t, smtptest.Script{})
	c := mustDial(t, plainConfig(s))
	data := append([]byte("x\n.\n"), large[:300_000]...)
	if got := sendAll(t, c, data, recipients(5)...); !accepted(got) {
		t.Fatalf("states %v", got)
	}
	for _, m := range s.Messages("") {
		if string(m.Data) != canonical(data) {
			t.Error("a message arrived changed")
		}
	}
}
