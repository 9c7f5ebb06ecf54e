package lifecycle

import (
	"fmt"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
)

func ask(token string, only crier.ResendSelection, until time.Duration) *crier.Resend {
	return &crier.Resend{Token: token, Only: only, NotAfter: *at(until)}
}

func sent() *crier.DeliveryRecordState {
	return &crier.DeliveryRecordState{
		Stage: crier.RecordFinished, Frozen: &crier.FrozenDelivery{Attempt: "a", Shards: 1, Recipients: 10},
		Totals: crier.DeliveryTotals{Intended: 10, Accepted: 9, Failed: 1}, Deadline: at(time.Hour),
	}
}

// Git goes back and forth, two appliers fight: each token acts once, whatever
// order they come in and whatever they ask for.
func TestTokenActsOnceInARun(t *testing.T) {
	state := sent()
	var acted []string
	for i, token := range strings.Fields("monday monday tuesday monday tuesday wednesday monday tuesday") {
		only := []crier.ResendSelection{crier.ResendAll, crier.ResendFailed, crier.ResendRemaining}[i%3]
		if resend := ask(token, only, 72*time.Hour); NewResend(state, resend) {
			if refusal := RefuseResend(state, resend, true, now); refusal != "" {
				t.Fatal(refusal)
			}
			Reopen(state, resend, now)
			acted = append(acted, token)
		}
		state.Stage, state.Totals = crier.RecordFinished, sent().Totals // the pass went through
	}
	if got := strings.Join(acted, " "); got != "monday tuesday wednesday" {
		t.Errorf("acted: %s", got)
	}
	if NewResend(state, nil) {
		t.Error("no resend is a new one")
	}
}

// A record of an older release knows its last token only. It is not lost.
func TestTokenOfAnOlderRelease(t *testing.T) {
	state := sent()
	state.Resend = &crier.RecordResend{Token: "monday", Only: crier.ResendAll, At: *at(-time.Hour)}
	if NewResend(state, ask("monday", crier.ResendAll, time.Hour)) {
		t.Error("the last token acts again")
	}
	Reopen(state, ask("tuesday", crier.ResendAll, time.Hour), now)
	if NewResend(state, ask("monday", crier.ResendAll, time.Hour)) {
		t.Error("the token before the last acts again")
	}
}

// What stands in a Broadcast before anybody was sent to is no resend of it.
func TestPassOver(t *testing.T) {
	state := &crier.DeliveryRecordState{Stage: crier.RecordRegistered}
	copied := ask("copied", crier.ResendAll, time.Hour)
	if !PassOver(state, copied, now) || PassOver(state, copied, now) || PassOver(state, nil, now) {
		t.Error("it is not noted once")
	}
	if NewResend(state, copied) || !NewResend(state, ask("other", crier.ResendAll, time.Hour)) {
		t.Errorf("noted: %+v", state.ResendTokens)
	}
	for i := range 2 * MaxResendTokens {
		PassOver(state, ask(fmt.Sprint("t", i), crier.ResendAll, time.Hour), now)
	}
	if len(state.ResendTokens) != MaxResendTokens {
		t.Errorf("%d tokens", len(state.ResendTokens))
	}
	if RefuseResend(state, ask("more", crier.ResendAll, time.Hour), true, now) == "" {
		t.Error("one that can't be remembered acts")
	}
}

func TestRefuseResend(t *testing.T) {
	full := func(n int, last string) func(*crier.DeliveryRecordState) {
		return func(s *crier.DeliveryRecordState) {
			for i := range n {
				s.ResendTokens = Use(s.ResendTokens, fmt.Sprint("t", i), 0, now)
			}
			if last != "" {
				s.Resend = &crier.RecordResend{Token: last}
			}
		}
	}
	pending := func(s *crier.DeliveryRecordState) { s.Totals.Pending = 1 }
	nothing := func(*crier.DeliveryRecordState) {}
	day := 24 * time.Hour
	for _, c := range []struct {
		name   string
		resend *crier.Resend
		change func(*crier.DeliveryRecordState)
		detail bool
		want   string
	}{
		{"fine", ask("a", crier.ResendFailed, time.Second), nothing, true, ""},
		{"as late as can be", ask("a", crier.ResendAll, 90*day), nothing, true, ""},
		{"over", ask("a", crier.ResendFailed, 0), nothing, true, "too late"},
		{"too far away", ask("a", crier.ResendAll, 90*day+time.Second), nothing, true, "2026-05-31T09:00:00Z or earlier"},
		{"nobody knows to whom", ask("a", crier.ResendAll, day), nothing, false, "Create a new Broadcast"},
		{"the last that there is room for", ask("a", crier.ResendAll, day), full(MaxResendTokens-1, ""), true, ""},
		{"no room", ask("a", crier.ResendAll, day), full(MaxResendTokens, ""), true, "64 tokens"},
		{"no room beside that of an older release", ask("a", crier.ResendAll, day), full(MaxResendTokens-1, "old"), true, "64 tokens"},
		{"room, since that is noted", ask("a", crier.ResendAll, day), full(MaxResendTokens-1, "t0"), true, ""},
		{"failed, with some untried", ask("a", crier.ResendFailed, day), pending, true, "1 recipient was never sent to"},
		{"unknown, with some untried", ask("a", crier.ResendUnknown, day), pending, true, "1 recipient was never sent to"},
		{"remaining, with some untried", ask("a", crier.ResendRemaining, day), pending, true, ""},
		{"all, with some untried", ask("a", crier.ResendAll, day), pending, true, ""},
	} {
		state := sent()
		c.change(state)
		got := RefuseResend(state, c.resend, c.detail, now)
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestReopen(t *testing.T) {
	state := sent()
	state.Pass, state.Result, state.FinishedAt = &crier.DeliveryPass{Number: 3}, crier.ReasonSentWithFailures, at(-time.Minute)
	Reopen(state, ask("a", crier.ResendFailed, time.Minute), now)
	if state.Stage != crier.RecordFrozen || state.Result != "" || state.FinishedAt != nil || state.Generation != 0 {
		t.Errorf("not open: %+v", state)
	}
	if r := state.Resend; r.Token != "a" || r.AfterPass != 3 || !r.At.Time.Equal(now) || !state.StartedAt.Time.Equal(now) {
		t.Errorf("resend %+v", r)
	}
	if state.NextPass == nil || len(state.NextPass.Selects) != 1 || state.NextPass.Selects[0] != crier.DeliveryFailed {
		t.Errorf("next %+v", state.NextPass)
	}
	if !state.Deadline.Equal(at(time.Minute)) || !TakenUntil(state).Equal(at(time.Hour)) {
		t.Errorf("deadline %s, taken until %s", state.Deadline, TakenUntil(state))
	}
	Reopen(state, ask("b", crier.ResendAll, 3*time.Hour), now)
	Reopen(state, ask("c", crier.ResendFailed, 2*time.Minute), now)
	if state.Generation != 1 || !state.Deadline.Equal(at(2*time.Minute)) || !TakenUntil(state).Equal(at(3*time.Hour)) {
		t.Errorf("generation %d, deadline %s, taken until %s", state.Generation, state.Deadline, TakenUntil(state))
	}
}

// What is stored of a token never changes: records of running clusters have it.
func TestTokenDigestNeverChanges(t *testing.T) {
	got := Use(nil, "monday", 0, now)
	if want := (crier.UsedToken{Digest: "d618fb157a4b382e92fcd4a830c5fa8a", At: metav1.NewTime(now)}); len(got) != 1 || got[0] != want {
		t.Errorf("got %+v", got)
	}
}
