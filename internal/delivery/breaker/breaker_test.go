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
	denied        = refused(outcome.CauseRelayDenied)
	nobody        = refused(outcome.CauseMailboxUnknown)
	spam          = refused(outcome.CauseSpamRefused)
	fine          = outcome.Outcome{State: outcome.Accepted}
	refusedSender = outcome.Outcome{State: outcome.Failed, Cause: outcome.CauseSenderRefused, Scope: outcome.ScopeSender}
	busy          = outcome.Outcome{State: outcome.Deferred, Cause: outcome.CauseTryLater, Scope: outcome.ScopeRecipient, CountsAttempt: true}
	lost          = outcome.Outcome{State: outcome.Unknown, Cause: outcome.CauseConnectionLost, Scope: outcome.ScopeMessage}
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
	if room, wait := b.Room(start); room != 0 || wait != 30*time.Second {
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
	}{
		{denied, Untry}, {spam, Settle}, {refusedSender, Untry},
		{outcome.Outcome{State: outcome.Deferred, Cause: outcome.CauseRelayUnavailable, Scope: outcome.ScopeRelay}, Untry},
	} {
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
	if d := b.End(20, spam, start); d.This != PutOff || len(d.Revoke) > 0 {
		t.Errorf("one that was in the air: %+v", d)
	}
	if _, wait := b.Room(start); wait != 30*time.Second {
		t.Errorf("one that was in the air makes the pause %v", wait)
	}
	if d := b.End(22, refusedSender, start); d.This != Settle {
		t.Errorf("one that was refused for another reason: %+v", d)
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
	now, wait := start, 30*time.Second
	for range 8 {
		if room, left := b.Room(now); room != 0 || left != wait {
			t.Fatalf("room %d, %v left, want %v", room, left, wait)
		}
		now = now.Add(wait)
		if room, left := b.Room(now); room != 1 || left != 0 {
			t.Fatalf("room %d, %v left when it is time", room, left)
		}
		b.Begin()
		if room, left := b.Room(now); room != 0 || left != 0 {
			t.Fatalf("room %d, %v left beside the probe", room, left)
		}
		if why, open := b.Open(); !open || why.Cause != outcome.CauseSpamRefused {
			t.Fatalf("open %t by %s while the probe is under way", open, why.Cause)
		}
		if d := b.End(99, spam, now); d.This != Untry {
			t.Fatalf("%+v", d)
		}
		wait = min(2*wait, 15*time.Minute)
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
	for i := range 20 {
		send(t, b, i, spam)
	}
	if _, left := b.Room(start); left != 30*time.Second {
		t.Errorf("after a good probe the next pause is %v", left)
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
	for i := range 300 {
		if d := send(t, b, i, busy); d.This != Settle || b.Proven() {
			t.Fatalf("%d: %+v, proven %t", i, d, b.Proven())
		}
	}
	for i := range 10 {
		d := send(t, b, i, denied)
		if want := map[bool]Verdict{false: Hold, true: Untry}[i == 9]; d.This != want {
			t.Fatalf("%d: %+v", i, d)
		}
	}
}

// What is deferred for the recipient's own sake shows that the lane works, in a
// retry as well.
func TestDeferredRecipientProvesTheLane(t *testing.T) {
	for _, retry := range []bool{false, true} {
		set := Defaults
		set.Retry = retry
		b := New[int](set, still)
		greylisted := busy
		greylisted.Cause = outcome.CauseGreylisted
		if d := send(t, b, 0, greylisted); d.This != Settle || !b.Proven() {
			t.Errorf("retry %t: %+v, proven %t", retry, d, b.Proven())
		}
	}
}

func TestDeferralsOfAllStopTheLaneTheFirstTime(t *testing.T) {
	b := proven(t)
	for i := range 20 {
		if d := send(t, b, i, busy); (d.This == PutOff) != (i == 19) {
			t.Fatalf("%d: %+v", i, d)
		}
	}
}

func TestProvenNeedsNoCanary(t *testing.T) {
	if b := New[int](Defaults, still); b.Proven() {
		t.Error("proven before anything was sent")
	}
	b := NewProven[int](Defaults, still)
	if room, wait := b.Room(start); !b.Proven() || room < 1000 || wait != 0 {
		t.Errorf("proven %t, room %d, wait %v", b.Proven(), room, wait)
	}
}

func TestRoomIsThatOfTheCanary(t *testing.T) {
	b := New[int](Defaults, still)
	check := func(when string, want int) {
		t.Helper()
		if room, wait := b.Room(start); room != want || wait != 0 {
			t.Errorf("%s: room %d, wait %v; want %d", when, room, wait, want)
		}
	}
	b.Drop()
	check("after a drop of nothing", 10)
	for range 3 {
		b.Begin()
	}
	b.Drop()
	check("after a drop of one of three", 8)
	if d := b.Flush(start); len(d.Held) > 0 {
		t.Errorf("flushed %v", d.Held)
	}
	check("two that nobody knows of yet aren't flushed", 8)
	b.End(1, denied, start)
	b.End(2, denied, start)
	if d := b.Flush(start); len(d.Held) != 2 {
		t.Errorf("flushed %v", d.Held)
	}
	b = New[int](Defaults, still)
	for range 12 {
		b.Begin()
	}
	check("more than there is room for", 0)
}

// A canary that is too small to judge ends in nothing: the next one has as
// many messages, and knows nothing of it.
func TestNextCanaryAfterASmallOne(t *testing.T) {
	b := New[int](Defaults, still)
	send(t, b, 1, spam)
	if d := b.Flush(start); fmt.Sprint(d.Held) != "[1]" || d.Then != Settle {
		t.Fatalf("%+v", d)
	}
	for i := range 10 {
		if room, _ := b.Room(start); room != 10-i {
			t.Fatalf("room %d before message %d", room, i)
		}
		if d := send(t, b, i, denied); (d.This == Untry) != (i == 9) || b.Proven() != (i == 9) {
			t.Fatalf("message %d: %+v", i, d)
		}
	}
}

func TestForgottenOnesDontCount(t *testing.T) {
	b := New[int](Defaults, still)
	send(t, b, 1, denied)
	b.Forget(1)
	if room, _ := b.Room(start); room != 10 {
		t.Errorf("room %d after the only one was forgotten", room)
	}
	for i := range 9 { // of another cause: nobody is left to differ from
		if d := send(t, b, i, spam); d.This != Hold {
			t.Fatalf("%d: %+v", i, d)
		}
	}
	b.Forget(0)
	if d := send(t, b, 20, spam); d.This != Hold {
		t.Errorf("the ninth: %+v", d)
	}
	if d := send(t, b, 21, spam); d.This != Untry || len(d.Held) != 9 {
		t.Errorf("the tenth: %+v", d)
	}
}

// Whoever may have the message isn't held back: nothing could be done for them.
func TestUnknownInTheCanaryIsNotHeld(t *testing.T) {
	b := New[int](Defaults, still)
	if d := send(t, b, 1, lost); d.This != Settle {
		t.Errorf("%+v", d)
	}
	if d := send(t, b, 2, fine); len(d.Held) > 0 {
		t.Errorf("held %v", d.Held)
	}
}

// Each of those that were held is told of once.
func TestHeldAreToldOfOnce(t *testing.T) {
	two := New[int](Defaults, still)
	send(t, two, 1, denied)
	if d := send(t, two, 2, spam); fmt.Sprint(d.Held) != "[1]" || !two.Proven() {
		t.Errorf("a canary of two minds: %+v", d)
	}
	stopped := New[int](Defaults, still)
	for i := range 10 {
		send(t, stopped, i, denied)
	}
	stopped.Begin()
	for name, b := range map[string]*Breaker[int]{"of two minds": two, "of one mind": stopped} {
		if d := b.End(30, fine, start.Add(time.Hour)); len(d.Held) > 0 {
			t.Errorf("a canary %s: told again of %v", name, d.Held)
		}
	}
}

// The refusal that ended the canary is the first of a row.
func TestRowBeginsInTheCanary(t *testing.T) {
	b := New[int](Defaults, still)
	send(t, b, 0, denied)
	for i := range 20 {
		if d := send(t, b, i+1, spam); (d.This == PutOff) != (i == 19) {
			t.Fatalf("refusal %d: %+v", i+1, d)
		}
	}
}

func TestRowsAreOfOneCause(t *testing.T) {
	b := proven(t)
	for i := range 70 {
		o := spam
		if i%2 == 1 {
			o = refusedSender
		}
		if d := send(t, b, i, o); d.This != Settle {
			t.Fatalf("%d: %+v", i, d)
		}
	}
	b = proven(t)
	for i := range 19 {
		send(t, b, i, spam)
	}
	send(t, b, 19, fine)
	for i := range 20 {
		if d := send(t, b, 20+i, spam); (d.This == PutOff) != (i == 19) {
			t.Fatalf("refusal %d of the second row: %+v", i+1, d)
		}
	}
}

// Only those go back to deferred who failed for the reason that stops the lane.
func TestOthersAreNotRevoked(t *testing.T) {
	b := proven(t)
	send(t, b, 100, refusedSender)
	var last Decision[int]
	for i := range 20 {
		last = send(t, b, i, spam)
	}
	if len(last.Revoke) != 19 || slices.Contains(last.Revoke, 100) {
		t.Errorf("revoked %v", last.Revoke)
	}
}

// 40 of 200 may be refused for one cause, however they are spread; 41 within
// exactly 200 stop the lane, and within 201 they don't.
func TestWindow(t *testing.T) {
	b := proven(t)
	for i := range 2000 {
		o := fine
		if i%5 == 0 {
			o = spam
		}
		if d := send(t, b, i, o); d.This != Settle {
			t.Fatalf("a fifth of all stops the lane at %d: %+v", i, d)
		}
	}
	for before := 300; before < 302; before++ {
		for span := 200; span < 202; span++ {
			b := proven(t)
			stopped := false
			for i := range before + span {
				o, k := fine, i-before
				if k == 0 || k > span-80 && (span-1-k)%2 == 0 {
					o = spam
				}
				stopped = send(t, b, i, o).This == PutOff
			}
			if stopped != (span == 200) {
				t.Errorf("41 within %d after %d: stopped %t", span, before, stopped)
			}
		}
	}
}
