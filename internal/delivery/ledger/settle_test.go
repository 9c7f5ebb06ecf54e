package ledger

import (
	"testing"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
)

// An intent keeps the time at which it was begun while it is settled.
func TestIntentKeepsItsTime(t *testing.T) {
	s := begun(t, "pp", first, 2)
	must(t, Settle(&s, []Result{result(0, crier.DeliveryAccepted)}))
	if s.Intent == nil || !s.Intent.At.Time.Equal(noon) {
		t.Errorf("intent %+v, begun %s", s.Intent, noon)
	}
	s.Intent.Recipients = ""
	must(t, Settle(&s, nil))
	if s.Intent != nil {
		t.Error("an intent of nobody is open")
	}
}

// Of a failure the time is kept; a later result without one doesn't undo it.
func TestTimesOfResults(t *testing.T) {
	s := begun(t, "p", first, 1)
	must(t, Settle(&s, []Result{result(0, crier.DeliveryDeferred)}))
	again := Pass{Number: 2, Selects: []crier.DeliveryState{crier.DeliveryDeferred}}
	must(t, Bring(&s, again, noon))
	must(t, Begin(&s, []int{0}, noon))
	must(t, Settle(&s, []Result{{Index: 0, State: crier.DeliveryFailed}}))
	if e := s.Exceptions[0]; e.At != noon.Unix() || e.Attempts != 1 {
		t.Errorf("got %+v", e)
	}
}

// Whose only failure was taken back, and who then is accepted, is like those
// that were accepted at once. Of others the phase and the code are kept.
func TestAcceptedInTheEnd(t *testing.T) {
	s := begun(t, "ppp", first, 3)
	must(t, Settle(&s, []Result{result(0, crier.DeliveryDeferred), result(1, crier.DeliveryFailed), result(2, crier.DeliveryDeferred)}))
	if _, err := Revoke(&s, []int{1}); err != nil {
		t.Fatal(err)
	}
	again := Pass{Number: 2, Selects: []crier.DeliveryState{crier.DeliveryDeferred}}
	must(t, Bring(&s, again, noon))
	must(t, Begin(&s, []int{0, 1, 2}, noon))
	var results []Result
	for i := range 3 {
		results = append(results, Result{Index: i, State: crier.DeliveryAccepted, Counts: true, Reply: crier.ShardReply{Phase: "Dot", Code: 250}})
	}
	must(t, Settle(&s, results))
	if len(s.Exceptions) != 2 || s.Exceptions[0].Index != 0 || s.Exceptions[1].Index != 2 {
		t.Fatalf("exceptions %+v", s.Exceptions)
	}
	if r := s.Replies[s.Exceptions[1].Reply]; r.Phase != "Dot" || r.Code != 250 {
		t.Errorf("reply %+v", r)
	}
}

// Attempts are given back to those who have any, each their own.
func TestRevokeGivesAttemptsBack(t *testing.T) {
	s := stateOfLetters("ffff")
	s.Exceptions = []crier.ShardException{{Index: 1, Attempts: 3}, {Index: 2}, {Index: 3, Attempts: 1}}
	changed, err := Revoke(&s, []int{0, 2, 3, 4})
	if got := letters(t, s); !changed || err != nil || got != "dfdd" {
		t.Errorf("%s, %v", got, err)
	}
	for i, want := range []int32{3, 0, 0} {
		if got := s.Exceptions[i].Attempts; got != want {
			t.Errorf("exception %d has %d attempts, want %d", i, got, want)
		}
	}
}

// Who was to be sent to again, and is suppressed by then, stays accepted, and
// the pass doesn't come again.
func TestSuppressedAfterATryThatCameToNothing(t *testing.T) {
	all := Pass{Number: 2, Selects: []crier.DeliveryState{crier.DeliveryAccepted}}
	s := begun(t, "a", all, 1)
	must(t, Settle(&s, []Result{{Index: 0, State: crier.DeliveryPending}}))
	must(t, Begin(&s, []int{0}, noon.Add(time.Minute)))
	must(t, Settle(&s, []Result{{Index: 0, State: crier.DeliverySuppressed}}))
	if got := letters(t, s); got != "a" {
		t.Errorf("%s, want a", got)
	}
}

// Replies that aren't there, as a negative number says, are nobody's.
func TestForEachWithoutAReply(t *testing.T) {
	s := stateOfLetters("ffff")
	s.Replies = []crier.ShardReply{{Cause: "A"}}
	s.Exceptions = []crier.ShardException{{Index: 0, Reply: 0}, {Index: 1, Reply: -1}, {Index: 2, Reply: 1}}
	var got string
	must(t, ForEach(&crier.DeliveryShard{Spec: crier.DeliveryShardSpec{Recipients: 4}, State: s},
		func(_ int, _ crier.DeliveryState, _ *crier.ShardException, reply *crier.ShardReply) {
			if reply == nil {
				got += "-"
			} else {
				got += reply.Cause
			}
		}))
	if got != "A---" {
		t.Errorf("replies %s, want A---", got)
	}
}
