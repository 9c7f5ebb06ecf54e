package breaker

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"crier.dev/crier/internal/smtp/outcome"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func still() float64 { return 1 }

func refused(cause outcome.Cause) outcome.Outcome {
	return outcome.Outcome{State: outcome.Failed, Cause: cause, Scope: outcome.ScopeMessage, CountsAttempt: true}
}

var (
	denied = refused(outcome.CauseRelayDenied)
	nobody = refused(outcome.CauseMailboxUnknown)
	spam   = refused(outcome.CauseSpamRefused)
	fine   = outcome.Outcome{State: outcome.Accepted}
	lost   = outcome.Outcome{State: outcome.Unknown, Cause: outcome.CauseConnectionLost, Scope: outcome.ScopeMessage}
)

// send begins a message and ends it at once.
func send(t *testing.T, b *Breaker[int], who int, o outcome.Outcome) Decision[int] {
	t.Helper()
	if room, _ := b.Room(start); room < 1 {
		t.Fatalf("no room for %d", who)
	}
	b.Begin()
	return b.End(who, o, start)
}

func proven(t *testing.T) *Breaker[int] {
	b := New[int](Defaults, still)
	send(t, b, -1, fine)
	return b
}

func TestCanaryThatIsDenied(t *testing.T) {
	b := New[int](Defaults, still)
	for i := range 10 {
		if room, _ := b.Room(start); room != 10-i {
			t.Fatalf("room %d before message %d", room, i)
		}
		d := send(t, b, i, denied)
		want := Decision[int]{This: Hold}
		if i == 9 {
			want = Decision[int]{This: Untry, Held: []int{0, 1, 2, 3, 4, 5, 6, 7, 8}, Then: Untry}
		}
		if fmt.Sprint(d) != fmt.Sprint(want) {
			t.Fatalf("message %d: %+v, want %+v", i, d, want)
		}
	}
	if room, wait := b.Room(start); room != 0 || wait != Defaults.Min {
		t.Errorf("room %d, wait %v", room, wait)
	}
	if why, open := b.Open(); !open || why.Cause != outcome.CauseRelayDenied {
		t.Errorf("open %v by %v", open, why.Cause)
	}
}

func TestCanaryPasses(t *testing.T) {
	for name, o := range map[string]outcome.Outcome{"accepted": fine, "no such user": nobody, "another refusal": spam} {
		t.Run(name, func(t *testing.T) {
			b := New[int](Defaults, still)
			for i := range 9 {
				send(t, b, i, denied)
			}
			d := send(t, b, 9, o)
			if d.This != Settle || d.Then != Settle || len(d.Held) != 9 || !b.Proven() {
				t.Errorf("%+v", d)
			}
			if room, _ := b.Room(start); room < 1000 {
				t.Errorf("room %d after the canary", room)
			}
		})
	}
}

func TestCanaryThatIsDroppedCountsForNothing(t *testing.T) {
	b := New[int](Defaults, still)
	for range 30 {
		b.Begin()
		b.Drop()
	}
	if room, _ := b.Room(start); room != 10 {
		t.Errorf("room %d", room)
	}
}

func TestSmallCanary(t *testing.T) {
	for _, c := range []struct {
		o    outcome.Outcome
		then Verdict
	}{{denied, Untry}, {spam, Settle}, {outcome.Outcome{State: outcome.Failed, Cause: outcome.CauseSenderRefused, Scope: outcome.ScopeSender}, Untry}} {
		b := New[int](Defaults, still)
		send(t, b, 1, c.o)
		send(t, b, 2, c.o)
		if d := b.Flush(start); d.Then != c.then || len(d.Held) != 2 {
			t.Errorf("%s: %+v", c.o.Cause, d)
		}
		if _, open := b.Open(); open != (c.then == Untry) {
			t.Errorf("%s: open %v", c.o.Cause, open)
		}
		if d := b.Flush(start); len(d.Held) > 0 {
			t.Errorf("flushed twice: %+v", d)
		}
	}
}

func TestOneStrangeReplyPausesNothing(t *testing.T) {
	b := proven(t)
	for i := range 5000 {
		o := fine
		if i%10 == 0 {
			o = spam
		}
		if d := send(t, b, i, o); d.This != Settle || len(d.Revoke) > 0 {
			t.Fatalf("message %d: %+v", i, d)
		}
	}
}

func TestTwentyInARow(t *testing.T) {
	b := proven(t)
	for i := range 19 {
		if d := send(t, b, i, spam); d.This != Settle {
			t.Fatalf("%d: %+v", i, d)
		}
	}
	d := send(t, b, 19, spam)
	if d.This != PutOff || len(d.Revoke) != 19 {
		t.Errorf("%+v", d)
	}
	if d := b.End(20, spam, start); d.This != PutOff {
		t.Errorf("one that was in the air: %+v", d)
	}
	if d := b.End(21, nobody, start); d.This != Settle {
		t.Errorf("another one that was in the air: %+v", d)
	}
}

func TestRecipientsWhoDontExistNeverTrip(t *testing.T) {
	b := New[int](Defaults, still)
	for i := range 1000 {
		if d := send(t, b, i, nobody); d.This != Settle {
			t.Fatalf("%d: %+v", i, d)
		}
	}
}

func TestAFifthOfTheLast200(t *testing.T) {
	b := proven(t)
	tripped := 0
	for i := range 400 {
		o := fine
		if i%4 == 0 {
			o = spam
		}
		if d := send(t, b, i, o); d.This == PutOff {
			tripped = i
			if len(d.Revoke) != 40 {
				t.Errorf("revoked %d", len(d.Revoke))
			}
			break
		}
	}
	if tripped != 160 {
		t.Errorf("tripped at %d", tripped)
	}
}

func TestUnknownStaysUnknown(t *testing.T) {
	b := proven(t)
	for i := range 20 {
		if d := send(t, b, i, lost); d.This != Settle || len(d.Revoke) > 0 {
			t.Fatalf("%d: %+v", i, d)
		}
	}
	if _, open := b.Open(); !open {
		t.Error("a relay that hangs up after every message goes on getting them")
	}
}

func TestProbeReopens(t *testing.T) {
	b := proven(t)
	for i := range 20 {
		send(t, b, i, spam)
	}
	now, wait := start, Defaults.Min
	for range 8 {
		if room, left := b.Room(now); room != 0 || left != wait {
			t.Fatalf("room %d, %v left, want %v", room, left, wait)
		}
		now = now.Add(wait)
		if room, _ := b.Room(now); room != 1 {
			t.Fatalf("room %d when it is time", room)
		}
		b.Begin()
		if room, _ := b.Room(now); room != 0 {
			t.Fatalf("room %d beside the probe", room)
		}
		if d := b.End(99, spam, now); d.This != Untry {
			t.Fatalf("%+v", d)
		}
		wait = min(2*wait, Defaults.Max)
	}
	now = now.Add(wait)
	b.Begin()
	b.Drop()
	if room, _ := b.Room(now); room != 1 {
		t.Fatal("a probe that came to nothing isn't made up for")
	}
	b.Begin()
	b.End(99, fine, now)
	if room, _ := b.Room(now); room < 1000 {
		t.Errorf("room %d after a good probe", room)
	}
}

func TestCanaryThatIsForgotten(t *testing.T) {
	b := New[int](Defaults, still)
	for i := range 4 {
		send(t, b, i, denied)
	}
	b.Forget(1)
	b.Forget(1)
	b.Forget(17)
	if room, _ := b.Room(start); room != 7 {
		t.Errorf("room %d beside three that are held", room)
	}
	d := send(t, b, 5, fine)
	if fmt.Sprint(d.Held) != "[0 2 3]" {
		t.Errorf("held %v", d.Held)
	}
}

// A refusal of another kind ends the canary; the first ones are taken back
// with the others when it turns out that everybody is refused.
func TestCanaryOfTwoMindsIsRevoked(t *testing.T) {
	b := New[int](Defaults, still)
	for i := range 4 {
		send(t, b, i, denied)
	}
	if d := send(t, b, 4, spam); fmt.Sprint(d.Held) != "[0 1 2 3]" || d.Then != Settle {
		t.Fatalf("%+v", d)
	}
	var last Decision[int]
	for i := 5; ; i++ {
		if _, open := b.Open(); open {
			break
		}
		last = send(t, b, i, denied)
	}
	for _, who := range []int{0, 1, 2, 3, 5} {
		if !slices.Contains(last.Revoke, who) {
			t.Errorf("%d isn't revoked: %v", who, last.Revoke)
		}
	}
}

func TestDeferredAgainIsNoNews(t *testing.T) {
	retry := Defaults
	retry.Retry = true
	b := New[int](retry, still)
	busy := outcome.Outcome{State: outcome.Deferred, Cause: outcome.CauseTryLater, Scope: outcome.ScopeRecipient, CountsAttempt: true}
	for i := range 300 {
		if d := send(t, b, i, busy); d.This != Settle {
			t.Fatalf("%d: %+v", i, d)
		}
	}
	for i := range 10 {
		d := send(t, b, i, denied)
		if want := map[bool]Verdict{false: Hold, true: Untry}[i == 9]; d.This != want {
			t.Fatalf("%d: %+v", i, d)
		}
	}
}
