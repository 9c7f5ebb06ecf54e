package subscriberset

import (
	"fmt"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	crier "crier.dev/crier/api/v1alpha1"
)

func TestDue(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	sync := &crier.SyncStatus{At: metav1.NewTime(now)}
	failed := &crier.SyncAttempt{Inputs: "a", Next: metav1.NewTime(now.Add(time.Minute))}
	for name, c := range map[string]struct {
		status  crier.SubscriberSetStatus
		current bool
		tried   string
		want    time.Time
	}{
		"never read":                         {crier.SubscriberSetStatus{}, false, "a", time.Time{}},
		"read":                               {crier.SubscriberSetStatus{Sync: sync}, true, "a", now.Add(time.Hour)},
		"read, but of another spec":          {crier.SubscriberSetStatus{Sync: sync}, false, "a", time.Time{}},
		"failed":                             {crier.SubscriberSetStatus{Sync: sync, Attempt: failed}, true, "a", now.Add(time.Minute)},
		"failed, and something has changed":  {crier.SubscriberSetStatus{Sync: sync, Attempt: failed}, true, "b", time.Time{}},
		"failed at first, and not yet again": {crier.SubscriberSetStatus{Attempt: failed}, false, "a", now.Add(time.Minute)},
	} {
		if got := due(&c.status, c.current, c.tried, time.Hour); !got.Equal(c.want) {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// What may mend itself is tried soon and ever later, what a server asks for is
// heeded, and nothing is tried more seldom than it would be read anyhow.
func TestAgain(t *testing.T) {
	for _, c := range []struct {
		reason       string
		failures     int32
		asked, every time.Duration
		want         time.Duration
	}{
		{crier.ReasonSourceUnavailable, 1, 0, time.Hour, time.Minute},
		{crier.ReasonSourceUnavailable, 3, 0, time.Hour, 4 * time.Minute},
		{crier.ReasonSourceUnavailable, 7, 0, time.Hour, time.Hour},
		{crier.ReasonSourceUnavailable, 1 << 30, 0, time.Hour, time.Hour},
		{crier.ReasonSourceUnavailable, 1, 10 * time.Minute, time.Hour, 10 * time.Minute},
		{crier.ReasonSourceUnavailable, 1, 2 * time.Hour, time.Hour, time.Hour},
		{crier.ReasonInternal, 2, 0, time.Hour, 2 * time.Minute},
		{crier.ReasonSourceNotFound, 9, 0, time.Hour, lookAgain},
		{crier.ReasonSourceNotFound, 1, 0, time.Minute, time.Minute},
		{crier.ReasonSourceRefused, 1, 0, time.Hour, time.Hour}, // or an account is locked
	} {
		if got := again(c.reason, c.failures, c.asked, c.every); got != c.want {
			t.Errorf("%s, failure %d: %s, want %s", c.reason, c.failures, got, c.want)
		}
	}
}

// Sets that were created together are read at different times, each always at
// the same, and within a tenth of what was asked for.
func TestInterval(t *testing.T) {
	seen := map[time.Duration]bool{}
	for i := range 50 {
		set := &crier.SubscriberSet{}
		set.UID = types.UID(fmt.Sprint(i))
		got := interval(set)
		if got < 54*time.Minute || got > 66*time.Minute || got != interval(set) {
			t.Errorf("%s", got)
		}
		seen[got] = true
		set.Spec.RefreshInterval = &metav1.Duration{Duration: 10 * time.Minute}
		if got := interval(set); got < 9*time.Minute || got > 11*time.Minute {
			t.Errorf("of ten minutes: %s", got)
		}
	}
	if len(seen) < 25 {
		t.Errorf("50 sets at %d times", len(seen))
	}
}
