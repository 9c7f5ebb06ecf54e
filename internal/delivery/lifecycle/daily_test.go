package lifecycle

import (
	"testing"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
)

func TestMessagesCountForADay(t *testing.T) {
	state := &crier.DeliveryRecordState{}
	for i := range 100 {
		clock := now.Add(time.Duration(i) * 30 * time.Minute)
		state.Sent = Charge(state.Sent, 10, clock)
		if len(state.Sent) > 26 {
			t.Fatalf("%d entries", len(state.Sent))
		}
		// Each message counts for at least a day, and at most an hour more.
		if got := Sent(state, clock); got < min(int64(i+1), 48)*10 || got > 50*10 {
			t.Fatalf("after %d half hours: %d", i, got)
		}
	}
	end := now.Add(99 * 30 * time.Minute)
	if free := Freed(state, end); !free.After(end) || free.Sub(end) > time.Hour {
		t.Errorf("the next are free at %s, now is %s", free, end)
	}
	if Sent(state, end.Add(26*time.Hour)) != 0 || !Freed(state, end.Add(26*time.Hour)).IsZero() {
		t.Error("messages count for ever")
	}
	back := now
	for i := range 40 {
		state.Sent = Charge(state.Sent, 1, back.Add(-time.Duration(i)*time.Hour))
	}
	if len(state.Sent) > 26 {
		t.Errorf("%d entries after the clock went backwards", len(state.Sent))
	}
}

func TestNewlySent(t *testing.T) {
	before := crier.DeliveryTotals{Accepted: 5, Unknown: 3}
	for want, after := range map[int64]crier.DeliveryTotals{
		0: {Accepted: 5, Unknown: 3}, 1: {Accepted: 6, Unknown: 2}, 4: {Accepted: 7, Unknown: 5},
	} {
		if got := NewlySent(before, after); got != want {
			t.Errorf("%+v: %d, want %d", after, got, want)
		}
	}
}

func TestOutstanding(t *testing.T) {
	totals := crier.DeliveryTotals{Pending: 70, Deferred: 5}
	pass := func(budget, charged int64, ended bool) *crier.DeliveryPass {
		p := &crier.DeliveryPass{Job: "j1", Budget: budget, Charged: charged}
		if ended {
			p.EndedAt = at(0)
		}
		return p
	}
	for name, c := range map[string]struct {
		pass   *crier.DeliveryPass
		job    string
		budget int64
		want   int64
	}{
		"nothing":                       {nil, "", 0, 0},
		"taken, but not in the record":  {nil, "j1", 50, 50},
		"runs":                          {pass(50, 20, false), "j1", 50, 30},
		"has sent all":                  {pass(50, 50, false), "j1", 50, 0},
		"has ended":                     {pass(50, 20, true), "j1", 50, 0},
		"has ended, the next was taken": {pass(50, 20, true), "j2", 40, 40},
		"runs since there was no limit": {pass(0, 0, false), "", 0, 70},
		"runs, and another was taken":   {pass(50, 20, false), "j2", 40, 70},
	} {
		state := &crier.DeliveryRecordState{Stage: crier.RecordFrozen, Totals: totals, Pass: c.pass}
		if got := Outstanding(state, c.job, c.budget); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}
