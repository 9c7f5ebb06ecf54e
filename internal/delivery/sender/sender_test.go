package sender

import (
	"sync"
	"testing"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/delivery/handout"
	"crier.dev/crier/internal/delivery/ledger"
	"crier.dev/crier/internal/delivery/share"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/smtp/outcome"
	"crier.dev/crier/internal/testing/smtptest"
)

var unavailable = smtptest.Rule{Phase: smtptest.Connect, Code: 421, Enhanced: "4.3.2", Text: "Closed for lunch"}

func TestSendsToEverybodyOnce(t *testing.T) {
	virtual(t, func(t *testing.T) {
		f := newFixture(t, 5, 60, smtptest.Script{})
		f.options.Workers = 3
		var all sync.WaitGroup
		for n := range int32(3) {
			own := *f
			own.options.Holder = ledger.Holder{PodUID: "uid-" + string('0'+n), PodName: "pod", Worker: n}
			own.options.Journal = t.TempDir()
			all.Go(func() {
				if err := own.run(t.Context()); err != nil {
					t.Errorf("worker %d: %v", n, err)
				}
				own.noJournals()
			})
		}
		all.Wait()
		f.want(crier.DeliveryTotals{Accepted: 300})
		f.truth()
		ids := map[string]bool{}
		for s := range 5 {
			state := f.state(s)
			if state.Pass != 1 || state.Claim.Epoch < 1 || len(state.Exceptions)+len(state.Replies) > 0 {
				t.Errorf("shard %d: %+v", s, state)
			}
			for i := range 60 {
				h := f.header(s, i)
				ids[h.Get("Message-Id")] = true
				if date, err := h.Date(); err != nil || !date.Equal(state.Date.Time) {
					t.Fatalf("date %v, %v, want %v", date, err, state.Date)
				}
			}
		}
		if len(ids) != 300 {
			t.Errorf("%d Message-IDs", len(ids))
		}
		if most := f.relay.Stats().ConnectionsMax; most > 6 {
			t.Errorf("%d connections at a time, want at most 6", most)
		}
	})
}

func TestGreylistingNeedsASecondPass(t *testing.T) {
	virtual(t, func(t *testing.T) {
		f := newFixture(t, 1, 30, smtptest.Script{Rules: []smtptest.Rule{
			{First: 1, Code: 451, Enhanced: "4.7.1", Text: "Greylisted"},
		}})
		f.mustRun()
		f.want(crier.DeliveryTotals{Deferred: 30})
		date := f.state(0).Date
		time.Sleep(1100 * time.Millisecond) // the date has whole seconds
		f.options.Pass = ledger.Pass{Number: 2, Selects: []crier.DeliveryState{crier.DeliveryDeferred}}
		f.mustRun()
		f.want(crier.DeliveryTotals{Accepted: 30})
		f.truth()
		state := f.state(0)
		if len(state.Exceptions) != 30 || state.Exceptions[0].Attempts != 2 {
			t.Errorf("exceptions %+v", state.Exceptions)
		}
		if sent, err := f.header(0, 3).Date(); err != nil || !sent.Equal(date.Time) {
			t.Errorf("the retry is dated %v, the first try %v", sent, date)
		}
	})
}

func TestResendToAll(t *testing.T) {
	virtual(t, func(t *testing.T) {
		f := newFixture(t, 1, 10, smtptest.Script{})
		f.mustRun()
		before := f.header(0, 1).Get("Message-Id")
		f.relay.Reset()
		f.options.Pass = ledger.Pass{Number: 2, Generation: 1, Selects: []crier.DeliveryState{crier.DeliveryAccepted}}
		f.mustRun()
		f.truth()
		if after := f.header(0, 1).Get("Message-Id"); after == before {
			t.Error("the new generation has the old Message-ID")
		}
	})
}

func TestDropAfterTheDotIsUnknown(t *testing.T) {
	virtual(t, func(t *testing.T) {
		f := newFixture(t, 1, 40, smtptest.Script{Rules: []smtptest.Rule{
			{Phase: smtptest.Dot, Glob: "*-0007@*", Drop: smtptest.DropStored},
			{Phase: smtptest.Dot, Glob: "*-0009@*", Drop: smtptest.DropBefore},
		}})
		f.mustRun()
		f.want(crier.DeliveryTotals{Accepted: 38, Unknown: 2})
		f.truth()
		f.options.Pass.Number = 2 // selects nobody
		f.mustRun()
		f.want(crier.DeliveryTotals{Accepted: 38, Unknown: 2})
	})
}

func TestRelayThatHangsUpOften(t *testing.T) {
	virtual(t, func(t *testing.T) {
		f := newFixture(t, 1, 60, smtptest.Script{MessagesPerConnection: 7, Rules: []smtptest.Rule{
			{Glob: "*-0013@*", Code: 421, Enhanced: "4.3.0", Text: "Bye p00-0013@example.net"},
		}})
		f.mustRun()
		f.want(crier.DeliveryTotals{Accepted: 59, Deferred: 1})
		f.truth()
		state := f.state(0)
		if len(state.Replies) != 1 || state.Replies[0].Text != "Bye {recipient}" || state.Exceptions[0].Index != 13 {
			t.Errorf("%+v %+v", state.Exceptions, state.Replies)
		}
	})
}

func TestPoisonBacksOffAlone(t *testing.T) {
	for name, rule := range map[string]smtptest.Rule{
		"hangs up at RCPT":       {Phase: smtptest.Rcpt, Drop: smtptest.DropBefore},
		"hangs up at DATA":       {Phase: smtptest.Data, Drop: smtptest.DropBefore},
		"talks nonsense at RCPT": {Phase: smtptest.Rcpt, Raw: "hello\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				rule.Glob = "*-0013@*"
				f := newFixture(t, 1, 60, smtptest.Script{Rules: []smtptest.Rule{rule}})
				f.mustRun()
				f.want(crier.DeliveryTotals{Accepted: 59, Deferred: 1})
				f.truth()
			})
		})
	}
}

func TestRelayDownThenUp(t *testing.T) {
	virtual(t, func(t *testing.T) {
		f := newFixture(t, 1, 30, smtptest.Script{Rules: []smtptest.Rule{unavailable}})
		var mu sync.Mutex
		var shown *crier.RelayTrouble
		f.store.seen = func(s *crier.DeliveryShard) {
			mu.Lock()
			defer mu.Unlock()
			if s.State.Trouble != nil {
				shown = s.State.Trouble
			}
		}
		done := make(chan error, 1)
		go func() { done <- f.run(t.Context()) }()
		f.until("trouble is shown", func() bool { mu.Lock(); defer mu.Unlock(); return shown != nil })
		f.until("nobody is intended", func() bool { return f.state(0).Intent == nil })
		state := f.state(0)
		if state.Claim.PodUID == "" || state.Totals.Pending != 30 {
			t.Errorf("while the relay is down: %+v", state)
		}
		if shown.Cause != string(outcome.CauseRelayUnavailable) || shown.Message != "421 4.3.2 Closed for lunch" || shown.Since.IsZero() {
			t.Errorf("trouble %+v", shown)
		}
		if err := f.relay.SetScript(smtptest.Script{}); err != nil {
			t.Fatal(err)
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		f.want(crier.DeliveryTotals{Accepted: 30})
		if state := f.state(0); state.Trouble != nil || len(state.Exceptions) > 0 {
			t.Errorf("afterwards: %+v", state)
		}
	})
}

func TestQuotaTouchesNobody(t *testing.T) {
	virtual(t, func(t *testing.T) {
		f := newFixture(t, 1, 12, smtptest.Script{Rules: []smtptest.Rule{
			{First: 1, Code: 452, Enhanced: "4.5.3", Text: "Quota"},
		}})
		f.mustRun()
		f.want(crier.DeliveryTotals{Accepted: 12})
		if state := f.state(0); len(state.Exceptions) > 0 {
			t.Errorf("%+v", state.Exceptions)
		}
	})
}

func TestRefusedLoginIsNotTriedAgain(t *testing.T) {
	virtual(t, func(t *testing.T) {
		tls, ca, err := smtptest.SelfSigned("127.0.0.1")
		if err != nil {
			t.Fatal(err)
		}
		f := newFixtureAt(t, 1, 20, smtptest.Config{TLS: tls, Users: map[string]string{"crier": "right"}})
		f.options.Connections = 1
		f.conn.TLS, f.conn.CAPEM, f.conn.Auth, f.conn.Username, f.conn.Password = "StartTLS", ca, "Plain", "crier", "wrong"
		f.connect(f.conn)
		done := make(chan error, 1)
		go func() { done <- f.run(t.Context()) }()
		f.until("the login is refused", func() bool { return f.relay.Stats().Failed > 0 })
		time.Sleep(300 * time.Millisecond)
		if n := f.relay.Stats().Failed; n != 1 {
			t.Errorf("%d logins under one version", n)
		}
		f.conn.Password, f.conn.Version = "right", "2"
		f.connect(f.conn)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		f.want(crier.DeliveryTotals{Accepted: 20})
	})
}

func TestRecipientsWhoseMessageCantBeMade(t *testing.T) {
	virtual(t, func(t *testing.T) {
		f := newFixture(t, 1, 3, smtptest.Script{})
		f.people(0, []roster.Subscriber{
			{Email: address(0, 0)}, {Email: address(0, 1), Name: "bad\x01name"}, {Email: address(0, 2)},
		})
		f.mustRun()
		f.want(crier.DeliveryTotals{Accepted: 2, Failed: 1})
		f.truth()
		if state := f.state(0); state.Replies[0].Cause != string(outcome.CauseRenderFailed) {
			t.Errorf("%+v", state.Replies)
		}
	})
}

func TestRateIsKept(t *testing.T) {
	virtual(t, func(t *testing.T) {
		f := newFixture(t, 1, 20, smtptest.Script{})
		f.ration(share.Limit{Connections: 2, PerSecond: 40})
		started := time.Now()
		f.mustRun()
		if took := time.Since(started); took < 19*time.Second/40 {
			t.Errorf("20 messages took %v at 40 a second", took)
		}
	})
}

func TestLoopbackIsRefused(t *testing.T) {
	f := newRealFixture(t, 1, 5, smtptest.Script{})
	c := TransportConfig(handout.Relay{Host: "127.0.0.1", Port: f.relay.Port()}, f.options.Timeouts)
	if link, err := c.Dialer(t.Context(), "tcp", f.relay.Addr()); err == nil {
		link.Close()
		t.Error("connected to the loopback address")
	}
}
