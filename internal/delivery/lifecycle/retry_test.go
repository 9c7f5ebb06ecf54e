package lifecycle

import (
	"testing"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
)

// jitterOf is the seed of a record that has only a pass.
func jitterOf(pass int32) uint64 {
	return seed(&crier.DeliveryRecordState{Pass: &crier.DeliveryPass{Number: pass}})
}

func TestBackoff(t *testing.T) {
	const middle = uint64(1) << 63
	for pass, want := range map[int32]time.Duration{
		0: 2 * time.Minute, 1: 2 * time.Minute, 2: 4 * time.Minute, 5: 32 * time.Minute, 6: time.Hour, 7: time.Hour, 1 << 30: time.Hour,
	} {
		if got := Backoff(pass, middle); got != want {
			t.Errorf("after pass %d: %s, want %s", pass, got, want)
		}
		least, most := Backoff(pass, 0), Backoff(pass, ^uint64(0))
		if least != want*8/10 || most <= want || most > want*12/10 {
			t.Errorf("after pass %d: from %s to %s", pass, least, most)
		}
	}
}

func TestJitterIsStableAndDiffers(t *testing.T) {
	state := func(uid string, pass int32) *crier.DeliveryRecordState {
		return &crier.DeliveryRecordState{BroadcastUID: uid, Pass: &crier.DeliveryPass{Number: pass}}
	}
	if seed(state("a", 1)) != seed(state("a", 1)) {
		t.Error("a manager that restarts would decide anew")
	}
	if seed(state("a", 1)) == seed(state("b", 1)) || seed(state("a", 1)) == seed(state("a", 2)) {
		t.Error("all retry at once")
	}
}

// Whatever the limits, tries go on until maxDeferral is nearly over, the last
// one is within it, and they end.
func TestTheLastTryIsWithinTheDeferral(t *testing.T) {
	for _, deferral := range []time.Duration{time.Minute, 3 * time.Minute, 10 * time.Minute, time.Hour, 24 * time.Hour, 168 * time.Hour} {
		record := &crier.DeliveryRecordState{
			StartedAt: at(0), MaxDeferralSeconds: int64(deferral.Seconds()), Pass: &crier.DeliveryPass{StartedAt: *at(0)},
		}
		end, last, passes := now.Add(deferral), now, int32(0)
		for clock := now.Add(time.Second); ; clock = clock.Add(time.Second) {
			passes++
			record.Pass.Number = passes
			next, again := NextTry(record, clock)
			if !again {
				break
			}
			if next.After(end) || !next.After(clock) || passes > 300 {
				t.Fatalf("%s: try %d at %s of %s", deferral, passes, next.Sub(now), deferral)
			}
			clock, last = next, next
		}
		if left := end.Sub(last); left > deferral/10 && left > beforeTheEnd {
			t.Errorf("%s: the last of %d tries is %s before the end", deferral, passes, left)
		}
	}
}

func TestRetriesOfAResendBeginAnew(t *testing.T) {
	record := &crier.DeliveryRecordState{
		StartedAt: at(0), MaxDeferralSeconds: 86400, Pass: &crier.DeliveryPass{Number: 9},
		Resend: &crier.RecordResend{AfterPass: 8},
	}
	if next, _ := NextTry(record, now); next.Sub(now) > 3*time.Minute {
		t.Errorf("the first retry of a resend is %s away", next.Sub(now))
	}
}

func TestTheLastTryIsBeforeTheDeadline(t *testing.T) {
	record := &crier.DeliveryRecordState{
		StartedAt: at(0), MaxDeferralSeconds: 86400, Pass: &crier.DeliveryPass{Number: 9}, Deadline: at(20 * time.Minute),
	}
	next, again := NextTry(record, now)
	if !again || next.Sub(now) != 19*time.Minute {
		t.Errorf("got %s, %t", next.Sub(now), again)
	}
}

// The last try is a minute before the end, or a tenth of the deferral if that
// is shorter; a deadline that is nearer moves it up, unless it is so near that
// the retry would come at once.
func TestTheLastTries(t *testing.T) {
	retry := Backoff(1, jitterOf(1))
	for name, c := range map[string]struct {
		started, deferral, deadline time.Duration
		want                        time.Duration // from now; 0 is never
	}{
		"the first retry":                        {0, 24 * time.Hour, 0, retry},
		"a minute before the end":                {-time.Hour, time.Hour + 150*time.Second, 0, 90 * time.Second},
		"a tenth of five minutes before the end": {-4 * time.Minute, 5 * time.Minute, 0, 30 * time.Second},
		"just at the last try":                   {-time.Hour, time.Hour + time.Minute, 0, 0},
		"a moment before":                        {1 - time.Hour, time.Hour + time.Minute, 0, 1},
		"a minute before the deadline":           {0, 24 * time.Hour, 130 * time.Second, 70 * time.Second},
		"a deadline after the retry":             {0, 24 * time.Hour, time.Hour, retry},
		"a deadline in two minutes is too near":  {0, 24 * time.Hour, 2 * time.Minute, retry},
		"a moment more isn't":                    {0, 24 * time.Hour, 2*time.Minute + 1, time.Minute + 1},
	} {
		record := &crier.DeliveryRecordState{
			StartedAt: at(c.started), MaxDeferralSeconds: int64(c.deferral.Seconds()),
			Pass: &crier.DeliveryPass{Number: 1, StartedAt: *at(time.Hour)},
		}
		if c.deadline != 0 {
			record.Deadline = at(c.deadline)
		}
		if next, again := NextTry(record, now); again != (c.want != 0) || again && next.Sub(now) != c.want {
			t.Errorf("%s: in %s, %t; want in %s", name, next.Sub(now), again, c.want)
		}
	}
}

// A record of before its start was noted counts from its pass.
func TestDeferralOfARecordWithoutAStart(t *testing.T) {
	record := &crier.DeliveryRecordState{MaxDeferralSeconds: 3600, Pass: &crier.DeliveryPass{Number: 1, StartedAt: *at(-2 * time.Hour)}}
	if next, again := NextTry(record, now); again {
		t.Errorf("tried again in %s", next.Sub(now))
	}
}

func TestAnotherAttemptRetriesAtAnotherTime(t *testing.T) {
	pass := &crier.DeliveryPass{Number: 1}
	a := seed(&crier.DeliveryRecordState{Pass: pass, Frozen: &crier.FrozenDelivery{Attempt: "a"}})
	if b := seed(&crier.DeliveryRecordState{Pass: pass, Frozen: &crier.FrozenDelivery{Attempt: "b"}}); a == b || a == jitterOf(1) {
		t.Error("all retry at once")
	}
}
