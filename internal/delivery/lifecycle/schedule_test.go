package lifecycle

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
)

func TestHoldFor(t *testing.T) {
	deadline := now.Add(72 * time.Hour)
	for _, c := range []struct {
		name   string
		spec   crier.BroadcastSpec
		held   bool
		stale  bool
		reason string
		until  time.Time
	}{
		{"nothing", crier.BroadcastSpec{}, false, false, "", time.Time{}},
		{"later", crier.BroadcastSpec{SendAt: at(time.Second)}, false, false, crier.ReasonScheduled, now.Add(time.Second)},
		{"now", crier.BroadcastSpec{SendAt: at(0)}, false, false, "", time.Time{}},
		{"since yesterday", crier.BroadcastSpec{SendAt: at(-24 * time.Hour)}, false, false, "", time.Time{}},
		{"suspended", crier.BroadcastSpec{Suspend: true}, false, false, crier.ReasonSuspended, deadline},
		{"suspended, and later", crier.BroadcastSpec{Suspend: true, SendAt: at(time.Hour)}, false, false, crier.ReasonSuspended, deadline},
		{"suspended, and held", crier.BroadcastSpec{Suspend: true}, true, false, crier.ReasonSuspended, deadline},
		{"held", crier.BroadcastSpec{}, true, false, crier.ReasonOperatorHold, deadline},
		{"held, and later", crier.BroadcastSpec{SendAt: at(time.Hour)}, true, false, crier.ReasonOperatorHold, deadline},
		{"may be sent", crier.BroadcastSpec{}, false, true, crier.ReasonLedgerStale, deadline},
		{"may be sent, and later", crier.BroadcastSpec{SendAt: at(time.Hour)}, false, true, crier.ReasonLedgerStale, deadline},
		{"may be sent, and held", crier.BroadcastSpec{}, true, true, crier.ReasonOperatorHold, deadline},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := HoldFor(c.spec, c.held, c.stale, deadline, now)
			if got == nil {
				got = &Hold{}
			}
			if got.Reason != c.reason || !got.Until.Equal(c.until) {
				t.Errorf("%+v, want %s until %s", *got, c.reason, c.until)
			}
		})
	}
}

func TestMaxDeferral(t *testing.T) {
	for _, c := range []struct {
		says *metav1.Duration
		want time.Duration
	}{{nil, 24 * time.Hour}, {&metav1.Duration{Duration: time.Minute}, time.Minute}, {&metav1.Duration{}, 0}} {
		if got := MaxDeferral(crier.BroadcastSpec{MaxDeferral: c.says}); got != c.want {
			t.Errorf("%v: %s, want %s", c.says, got, c.want)
		}
	}
}

func TestOnUnknown(t *testing.T) {
	for _, c := range []struct{ broadcast, list, want crier.UnknownPolicy }{
		{"", "", crier.UnknownReport},
		{"", crier.UnknownResend, crier.UnknownResend},
		{crier.UnknownResend, "", crier.UnknownResend},
		{crier.UnknownReport, crier.UnknownResend, crier.UnknownReport},
	} {
		got := OnUnknown(crier.BroadcastSpec{OnUnknown: c.broadcast}, crier.MailingListSpec{OnUnknown: c.list})
		if got != c.want {
			t.Errorf("Broadcast %q, list %q: %s, want %s", c.broadcast, c.list, got, c.want)
		}
	}
}
