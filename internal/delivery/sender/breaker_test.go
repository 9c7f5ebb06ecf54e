package sender

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/delivery/breaker"
	"crier.dev/crier/internal/smtp/outcome"
	"crier.dev/crier/internal/testing/smtptest"
)

// quick breakers try again soon.
func (f *fixture) quick() {
	f.options.Timing.Breaker = breaker.Defaults
	f.options.Timing.Breaker.Min, f.options.Timing.Breaker.Max = 300*time.Millisecond, 600*time.Millisecond
}

// refusals is how many recipients the relay refused so far.
func (f *fixture) refusals() int { return len(f.relay.Stats().Refused) }

func TestDeniedRelayCostsTenLines(t *testing.T) {
	virtual(t, func(t *testing.T) {
		f := newFixture(t, 3, 100, smtptest.Script{Rules: []smtptest.Rule{
			{Phase: smtptest.Rcpt, Code: 554, Enhanced: "5.7.1", Text: "Relay access denied"},
		}})
		f.quick()
		f.options.Timing.Breaker.Min = 2 * time.Second
		f.options.Connections = 4
		var shown atomic.Pointer[crier.RelayTrouble]
		f.store.seen = func(s *crier.DeliveryShard) {
			if s.State.Trouble != nil {
				shown.Store(s.State.Trouble)
			}
		}
		done := f.start(t.Context())
		f.until("trouble is shown", func() bool { return shown.Load() != nil })
		time.Sleep(300 * time.Millisecond)
		if n := f.refusals(); n > 14 {
			t.Errorf("%d recipients were refused, want about ten", n)
		}
		if trouble := shown.Load(); trouble.Cause != string(outcome.CauseRelayDenied) || !strings.HasPrefix(trouble.Message, "554 5.7.1 ") {
			t.Errorf("trouble %+v", trouble)
		}
		if got := f.totals(); got.Failed+got.Deferred > 0 || got.Pending != 300 {
			t.Errorf("%+v: somebody paid for it", got)
		}
		if err := f.relay.SetScript(smtptest.Script{}); err != nil {
			t.Fatal(err)
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		f.want(crier.DeliveryTotals{Accepted: 300})
		f.truth()
		for s := range 3 {
			if state := f.state(s); state.Trouble != nil || len(state.Exceptions) > 0 {
				t.Errorf("afterwards: %+v", state)
			}
		}
	})
}

// Many servers quote the recipient. What is shown of the trouble names nobody.
func TestFewRecipientsOfADeniedRelay(t *testing.T) {
	virtual(t, func(t *testing.T) {
		script := smtptest.Script{}
		for i := range 3 {
			script.Rules = append(script.Rules, smtptest.Rule{
				Phase: smtptest.Rcpt, Recipient: address(0, i), Code: 554, Enhanced: "5.7.1", Text: "<" + address(0, i) + ">: Relay access denied",
			})
		}
		f := newFixture(t, 1, 3, script)
		f.quick()
		done := f.start(t.Context())
		f.until("all are refused", func() bool { return f.refusals() == 3 })
		f.until("trouble is shown", func() bool { return f.state(0).Trouble != nil })
		if words := f.state(0).Trouble.Message; strings.Contains(words, "@") || !strings.Contains(words, "denied") {
			t.Errorf("people see %q", words)
		}
		if err := f.relay.SetScript(smtptest.Script{}); err != nil {
			t.Fatal(err)
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		f.want(crier.DeliveryTotals{Accepted: 3})
		f.truth()
	})
}

func TestFewRefusalsAreJustThat(t *testing.T) {
	virtual(t, func(t *testing.T) {
		f := newFixture(t, 2, 3, smtptest.Script{Rules: []smtptest.Rule{
			{Phase: smtptest.Dot, Code: 550, Enhanced: "5.7.1", Text: "Looks like spam"},
		}})
		f.mustRun()
		f.want(crier.DeliveryTotals{Failed: 6})
		f.truth()
		f.noJournals()
	})
}

func TestRefusalsInTheMiddleFailNobody(t *testing.T) {
	virtual(t, func(t *testing.T) {
		f := newFixture(t, 2, 100, smtptest.Script{Rules: []smtptest.Rule{
			{Phase: smtptest.Dot, Glob: "p00-00[4-9]*", Code: 550, Enhanced: "5.7.1", Text: "Looks like spam", First: 1},
		}})
		f.quick()
		f.options.Connections = 1
		f.mustRun()
		got := f.totals()
		if got.Failed > int64(breaker.Defaults.Most) || got.Pending+got.Unknown > 0 || got.Deferred == 0 || got.Accepted+got.Deferred+got.Failed != 200 {
			t.Errorf("%+v", got)
		}
		for _, e := range f.state(0).Exceptions {
			if f.letters(0)[e.Index] == 'd' && e.Attempts != 0 {
				t.Fatalf("%d paid an attempt: %+v", e.Index, e)
			}
		}
		f.truth()
	})
}

func TestRelayThatHangsUpAfterEveryDotIsLeftAlone(t *testing.T) {
	virtual(t, func(t *testing.T) {
		f := newFixture(t, 1, 200, smtptest.Script{Rules: []smtptest.Rule{
			{Phase: smtptest.Dot, Drop: smtptest.DropBefore},
		}})
		f.options.Deadline = time.Now().Add(2 * time.Second)
		f.mustRun()
		if got := f.totals(); got.Unknown > 14 {
			t.Errorf("%+v: it went on", got)
		}
	})
}
