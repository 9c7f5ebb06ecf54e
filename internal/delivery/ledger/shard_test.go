package ledger

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
)

var (
	noon  = time.Date(2026, 12, 1, 12, 0, 0, 123, time.UTC)
	podA  = Holder{PodUID: "uid-a", PodName: "a", Worker: 0}
	podB  = Holder{PodUID: "uid-b", PodName: "b", Worker: 1}
	first = Pass{Number: 1}
)

// stateOfLetters is a shard as it is between passes.
func stateOfLetters(letters string) crier.DeliveryShardState {
	s := NewShardState(len(letters))
	put(&s, Outcomes(letters))
	return s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// begun is a shard that pod A works on, with the first batch intended.
func begun(t *testing.T, letters string, p Pass, max int) crier.DeliveryShardState {
	t.Helper()
	s := stateOfLetters(letters)
	must(t, Bring(&s, p, noon))
	must(t, Claim(&s, podA, noon))
	batch, err := NextBatch(&s, p, max)
	must(t, err)
	must(t, Begin(&s, batch, noon))
	return s
}

func result(index int, state crier.DeliveryState) Result {
	return Result{Index: index, State: state, Counts: true, At: noon, Reply: crier.ShardReply{Code: 450, Cause: "TryLater"}}
}

func letters(t *testing.T, s crier.DeliveryShardState) string {
	t.Helper()
	o, err := open(&s)
	must(t, err)
	if o.Totals() != s.Totals {
		t.Fatalf("totals %+v don't fit %s", s.Totals, o)
	}
	return string(o)
}

func TestClaim(t *testing.T) {
	s := NewShardState(3)
	must(t, Claim(&s, podA, noon))
	if s.Claim.Epoch != 1 || s.Claim.PodUID != podA.PodUID || !s.Claim.RenewTime.Time.Equal(noon) {
		t.Errorf("claim is %+v", s.Claim)
	}
	if err := Claim(&s, podB, noon); !errors.Is(err, ErrHeld) {
		t.Errorf("another pod: %v, want ErrHeld", err)
	}
	must(t, Claim(&s, podA, noon))
	if s.Claim.Epoch != 2 {
		t.Errorf("epoch %d after a restart, want 2", s.Claim.Epoch)
	}
	must(t, Begin(&s, []int{0}, noon))
	if err := Claim(&s, podA, noon); !errors.Is(err, ErrIntentOpen) {
		t.Errorf("with an open intent: %v, want ErrIntentOpen", err)
	}
	if err := Surrender(&s); !errors.Is(err, ErrIntentOpen) {
		t.Errorf("surrender with an open intent: %v, want ErrIntentOpen", err)
	}
}

func TestBring(t *testing.T) {
	s := stateOfLetters("apd")
	must(t, Bring(&s, Pass{Number: 2}, noon))
	date := s.Date.Time
	if !date.Equal(noon.Truncate(time.Second)) || s.Pass != 2 {
		t.Errorf("date %v, pass %d", date, s.Pass)
	}
	s.Cursor = 3
	must(t, Bring(&s, Pass{Number: 2}, noon.Add(time.Hour)))
	if s.Cursor != 3 || !s.Date.Time.Equal(date) {
		t.Errorf("the same pass moved cursor to %d, date to %v", s.Cursor, s.Date)
	}
	must(t, Bring(&s, Pass{Number: 3}, noon.Add(time.Hour)))
	if s.Cursor != 0 || !s.Date.Time.Equal(date) {
		t.Errorf("a new pass has cursor %d, date %v; want 0 and the old date", s.Cursor, s.Date)
	}
	must(t, Bring(&s, Pass{Number: 4, Generation: 1}, noon.Add(time.Hour)))
	if s.Date.Time.Equal(date) || s.DateGeneration != 1 {
		t.Errorf("a new generation kept the date %v", s.Date)
	}
	if err := Bring(&s, Pass{Number: 3}, noon); !errors.Is(err, ErrPassOver) {
		t.Errorf("an old pass: %v, want ErrPassOver", err)
	}
}

func TestNextBatch(t *testing.T) {
	deferredOnly := []crier.DeliveryState{crier.DeliveryDeferred}
	for _, c := range []struct {
		name, letters string
		selects       []crier.DeliveryState
		cursor        int32
		max           int
		want          []int
	}{
		{"pending", "pppp", nil, 0, 2, []int{0, 1}},
		{"from the cursor", "pppp", nil, 2, 2, []int{2, 3}},
		{"settled are left", "afdux", nil, 0, 9, nil},
		{"selected", "afduxd", deferredOnly, 0, 9, []int{2, 5}},
		{"not again behind the cursor", "dddd", deferredOnly, 2, 9, []int{2, 3}},
		{"pending behind the cursor come last", "pdda", deferredOnly, 2, 9, []int{2, 0}},
		{"accepted means all", "afdux", []crier.DeliveryState{crier.DeliveryAccepted}, 0, 9, []int{0, 1, 2, 3, 4}},
		{"never more than MaxBatch", strings.Repeat("p", 300), nil, 0, 1000, seq(0, MaxBatch)},
	} {
		s := stateOfLetters(c.letters)
		s.Cursor = c.cursor
		got, err := NextBatch(&s, Pass{Number: 1, Selects: c.selects}, c.max)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, %v; want %v", c.name, got, err, c.want)
		}
	}
}

func seq(from, to int) (out []int) {
	for i := from; i < to; i++ {
		out = append(out, i)
	}
	return out
}

func TestSettle(t *testing.T) {
	s := begun(t, "pppppp", first, 4)
	part := []Result{result(3, crier.DeliveryDeferred), result(0, crier.DeliveryAccepted), result(5, crier.DeliveryFailed)}
	for range 2 { // a change whose answer was lost is made again
		must(t, Settle(&s, part))
		if got := letters(t, s); got != "appdpp" || s.Cursor != 4 || s.Intent.Recipients != "1-2" {
			t.Fatalf("%s, cursor %d, intent %+v", got, s.Cursor, s.Intent)
		}
		if len(s.Exceptions) != 1 || s.Exceptions[0].Attempts != 1 {
			t.Fatalf("exceptions %+v", s.Exceptions)
		}
	}
	must(t, Settle(&s, []Result{{Index: 1, State: crier.DeliveryPending}, result(2, crier.DeliveryFailed)}))
	if got := letters(t, s); got != "apfdpp" || s.Intent != nil {
		t.Fatalf("%s, intent %+v", got, s.Intent)
	}
	batch, err := NextBatch(&s, first, 9)
	must(t, err)
	if !slices.Equal(batch, []int{4, 5, 1}) {
		t.Errorf("next %v, want 4 5 1", batch)
	}
}

func TestIntentGrows(t *testing.T) {
	s := begun(t, strings.Repeat("p", 300), first, MaxBatch)
	if more, err := NextBatch(&s, first, 9); err != nil || len(more) > 0 {
		t.Fatalf("%v, %v: the intent is full", more, err)
	}
	if err := Begin(&s, []int{200}, noon); err == nil {
		t.Fatal("an intent of more than MaxBatch")
	}
	must(t, Settle(&s, []Result{result(0, crier.DeliveryAccepted), {Index: 7, State: crier.DeliveryPending}}))
	more, err := NextBatch(&s, first, 9)
	must(t, err)
	if !slices.Equal(more, []int{100, 101}) {
		t.Fatalf("next %v, want 100 101", more)
	}
	must(t, Begin(&s, more, noon))
	if s.Intent.Recipients != "1-6,8-101" || s.Cursor != 102 {
		t.Errorf("intent %s, cursor %d", s.Intent.Recipients, s.Cursor)
	}
	must(t, Settle(&s, []Result{result(1, crier.DeliveryAccepted)}))
	s.Cursor = 300 // as if all were intended
	if more, err = NextBatch(&s, first, 9); err != nil || !slices.Equal(more, []int{7}) {
		t.Errorf("next %v, %v, want 7 alone: the others are in the intent", more, err)
	}
}

func TestUntriedKeepsItsState(t *testing.T) {
	resend := Pass{Number: 2, Selects: []crier.DeliveryState{crier.DeliveryUnknown}}
	s := begun(t, "auup", resend, 9)
	must(t, Settle(&s, []Result{{Index: 1, State: crier.DeliveryPending}, {Index: 3, State: crier.DeliveryPending}, result(2, crier.DeliveryAccepted)}))
	if got := letters(t, s); got != "aUap" || s.Totals.Unknown != 1 || s.Totals.Pending != 1 {
		t.Fatalf("%s, %+v", got, s.Totals)
	}
	if batch, err := NextBatch(&s, resend, 9); err != nil || !slices.Equal(batch, []int{1, 3}) {
		t.Errorf("next %v, %v, want both again", batch, err)
	}
	if left, err := HasWork(&s, resend); err != nil || !left {
		t.Errorf("has work: %v, %v", left, err)
	}
	must(t, Bring(&s, Pass{Number: 3}, noon))
	if got := letters(t, s); got != "auap" {
		t.Errorf("%s in the next pass, want auap", got)
	}
}

// That somebody is suppressed now doesn't undo what was sent to him, or may
// have been.
func TestSuppressedRecipients(t *testing.T) {
	resend := Pass{Number: 2, Selects: []crier.DeliveryState{crier.DeliveryUnknown, crier.DeliveryDeferred, crier.DeliveryExpired}}
	s := begun(t, "upduxa", resend, 9)
	var results []Result
	for _, i := range []int{0, 1, 2, 4} {
		results = append(results, Result{Index: i, State: crier.DeliverySuppressed, At: noon, Reply: crier.ShardReply{Cause: "Legal"}})
	}
	must(t, Settle(&s, append(results, result(3, crier.DeliveryAccepted))))
	if got := letters(t, s); got != "ussasa" || s.Totals.Suppressed != 3 || s.Intent != nil {
		t.Fatalf("%s, %+v", got, s)
	}
	if len(s.Exceptions) != 3 || s.Exceptions[0].Index != 1 || s.Exceptions[0].Attempts != 0 || s.Replies[0].Cause != "Legal" {
		t.Errorf("exceptions %+v", s.Exceptions)
	}
	if left, err := HasWork(&s, resend); err != nil || left {
		t.Errorf("the pass comes to them again: %v, %v", left, err)
	}
	must(t, Expire(&s))
	rest := Pass{Number: 3, Selects: []crier.DeliveryState{crier.DeliverySuppressed}}
	must(t, Bring(&s, rest, noon))
	if batch, err := NextBatch(&s, rest, 9); err != nil || !slices.Equal(batch, []int{1, 2, 4}) {
		t.Errorf("a resend selects %v, %v", batch, err)
	}
}

func TestRevoke(t *testing.T) {
	s := begun(t, "pppp", first, 4)
	must(t, Settle(&s, []Result{
		result(0, crier.DeliveryFailed), result(1, crier.DeliveryAccepted), result(2, crier.DeliveryFailed), result(3, crier.DeliveryUnknown),
	}))
	for n, want := range []bool{true, false} {
		changed, err := Revoke(&s, []int{0, 1, 3, 99, -1})
		if got := letters(t, s); err != nil || changed != want || got != "dafu" {
			t.Errorf("time %d: %s, changed %v, %v; want dafu", n, got, changed, err)
		}
	}
	if s.Exceptions[0].Attempts != 0 || s.Exceptions[1].Attempts != 1 {
		t.Errorf("%+v", s.Exceptions)
	}
}

func TestAttemptsAreKept(t *testing.T) {
	s := begun(t, "pp", first, 2)
	must(t, Settle(&s, []Result{result(0, crier.DeliveryDeferred), result(1, crier.DeliveryAccepted)}))
	again := Pass{Number: 2, Selects: []crier.DeliveryState{crier.DeliveryDeferred}}
	must(t, Bring(&s, again, noon))
	must(t, Begin(&s, []int{0}, noon))
	r := result(0, crier.DeliveryAccepted)
	r.Reply = crier.ShardReply{Phase: "Dot", Code: 250, Text: "queued as 4711"}
	must(t, Settle(&s, []Result{r}))
	seen := 0
	must(t, ForEach(&crier.DeliveryShard{Spec: crier.DeliveryShardSpec{Recipients: 2}, State: s},
		func(i int, state crier.DeliveryState, exc *crier.ShardException, reply *crier.ShardReply) {
			if state != crier.DeliveryAccepted {
				t.Errorf("%d is %s", i, state)
			}
			if exc != nil {
				seen++
				if i != 0 || exc.Attempts != 2 || reply.Code != 250 || reply.Text != "" {
					t.Errorf("%d: %+v %+v", i, exc, reply)
				}
			}
		}))
	if seen != 1 {
		t.Errorf("%d exceptions, want 1", seen)
	}
}

func TestRelease(t *testing.T) {
	s := begun(t, "pppp", first, 3)
	must(t, Settle(&s, []Result{result(1, crier.DeliveryAccepted)}))
	if err := Release(&s, 5, noon); err == nil {
		t.Error("another number of recipients was taken")
	}
	for range 2 {
		must(t, Release(&s, 4, noon))
		if got := letters(t, s); got != "uaup" || s.Claim != (crier.ShardClaim{Epoch: 2}) || s.Intent != nil || s.Cursor != 3 {
			t.Errorf("%s, claim %+v, intent %+v, cursor %d", got, s.Claim, s.Intent, s.Cursor)
		}
	}
	// Who is unknown isn't sent to again in the pass that made it so.
	batch, err := NextBatch(&s, Pass{Number: 1, Selects: []crier.DeliveryState{crier.DeliveryUnknown}}, 9)
	if err != nil || !slices.Equal(batch, []int{3}) {
		t.Errorf("next %v, %v; want 3", batch, err)
	}
}

func TestExpire(t *testing.T) {
	s := stateOfLetters("pafdux")
	must(t, Expire(&s))
	if got := letters(t, s); got != "pafxux" {
		t.Errorf("%s", got)
	}
}

func TestRepliesAreBounded(t *testing.T) {
	s := stateOfLetters(strings.Repeat("p", 4000))
	must(t, Claim(&s, podA, noon))
	for at := 0; at < 4000; at += MaxBatch {
		must(t, Begin(&s, seq(at, at+MaxBatch), noon))
		var results []Result
		for i := at; i < at+MaxBatch; i++ {
			results = append(results, Result{Index: i, State: crier.DeliveryFailed, Counts: true, At: noon, Reply: crier.ShardReply{
				Phase: "Rcpt", Code: int32(500 + i%100), Enhanced: "5.1.1", Cause: fmt.Sprintf("Cause%d", i%25),
				Text: fmt.Sprintf("%d %s", i, strings.Repeat("words ", 80)),
			}})
		}
		must(t, Settle(&s, results))
	}
	if len(s.Replies) > maxReplies || len(s.Exceptions) != 4000 || wordOctets(&s) > maxAllWords {
		t.Errorf("%d replies, %d exceptions, %d octets", len(s.Replies), len(s.Exceptions), wordOctets(&s))
	}
	for _, e := range s.Exceptions {
		if want := fmt.Sprintf("Cause%d", e.Index%25); s.Replies[e.Reply].Cause != want {
			t.Fatalf("%d has cause %s, want %s", e.Index, s.Replies[e.Reply].Cause, want)
		}
	}
}

// Long words are cut between characters.
func TestWordsOfARecordAreCut(t *testing.T) {
	if got := bounded(crier.ShardReply{Text: strings.Repeat("ü", 151) + "."}).Text; got != strings.Repeat("ü", 150) {
		t.Errorf("cut to %d octets, %q", len(got), got[len(got)-2:])
	}
	if got := bounded(crier.ShardReply{Text: "a" + strings.Repeat("ü", 150)}).Text; got != "a"+strings.Repeat("ü", 149) {
		t.Errorf("cut to %d octets, %q", len(got), got[len(got)-2:])
	}
}
