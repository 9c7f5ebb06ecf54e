package lifecycle

import (
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
)

// The pace is that of the last minute: a pause or a slow beginning is soon forgotten.
func TestPace(t *testing.T) {
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	pass, left := &crier.DeliveryPass{Number: 2}, int64(10_000)
	if _, _, known := Pace(nil, left, now); known {
		t.Error("no pass has a pace")
	}
	if _, _, known := Pace(pass, left, now); known {
		t.Error("a pass without a mark has a pace")
	}
	run := func(seconds int, perSecond int64) {
		for range seconds {
			now, left = now.Add(time.Second), left-perSecond
			Mark(pass, left, now)
		}
	}
	check := func(when string, want float64, takes time.Duration, isKnown bool) {
		t.Helper()
		if got, eta, known := Pace(pass, left, now); got != want || eta != takes || known != isKnown {
			t.Errorf("%s: %v/s, %v, %t; want %v/s, %v, %t", when, got, eta, known, want, takes, isKnown)
		}
	}
	Mark(pass, left, now)
	check("at first", 0, 0, false)
	run(10, 0)
	check("before anybody is settled", 0, 0, false)
	run(10, 0)
	check("without getting on", 0, 0, true)
	run(20, 10)
	check("in the first minute", 5, 1960*time.Second, true)
	run(60, 20)
	check("after a minute of another pace", 20, 430*time.Second, true)
	run(70, 0)
	check("when it stands still", 0, 0, true)
	if len(pass.Marks) > 2 {
		t.Errorf("%d marks are kept", len(pass.Marks))
	}
	pass.EndedAt = &metav1.Time{Time: now}
	check("at the end", 0, 0, false)
}

// A resend makes more people pending again: that isn't a negative pace.
func TestPaceOfMoreLeftThanBefore(t *testing.T) {
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	pass := &crier.DeliveryPass{}
	Mark(pass, 10, now)
	if perSecond, takes, known := Pace(pass, 20, now.Add(time.Minute)); perSecond != 0 || takes != 0 || !known {
		t.Errorf("%v, %v, %t", perSecond, takes, known)
	}
}

func TestMarksAreHalfAMinuteApart(t *testing.T) {
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	pass := &crier.DeliveryPass{}
	var marks []string
	for _, seconds := range []int{0, 1, 29, 30, 59, 60, 61} {
		clock := now.Add(time.Duration(seconds) * time.Second)
		Mark(pass, 10, clock)
		if pass.Marks[len(pass.Marks)-1].At.Time.Equal(clock) {
			marks = append(marks, clock.Sub(now).String())
		}
	}
	if got := strings.Join(marks, " "); got != "0s 30s 1m0s" {
		t.Errorf("marks at %s", got)
	}
}

func TestPaceIsKnownAfterAWhile(t *testing.T) {
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		after   time.Duration
		settled int64
		pace    float64
		known   bool
	}{
		{time.Second - 1, 50, 0, false},
		{time.Second, 50, 50, true},
		{10 * time.Second, 1, 0.1, true},
		{15*time.Second - 1, 0, 0, false},
		{15 * time.Second, 0, 0, true},
	} {
		pass := &crier.DeliveryPass{}
		Mark(pass, 100, now)
		pace, _, known := Pace(pass, 100-c.settled, now.Add(c.after))
		if pace != c.pace || known != c.known {
			t.Errorf("%d after %s: %g/s, known %t; want %g/s, %t", c.settled, c.after, pace, known, c.pace, c.known)
		}
	}
}
