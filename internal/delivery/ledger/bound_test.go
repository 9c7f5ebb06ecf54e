package ledger

import (
	"testing"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
)

// A pass that is cut into portions comes to everybody once, and never to more
// than its budget in one of them.
func TestPortionsComeToEverybodyOnce(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	holder := Holder{PodUID: "p", PodName: "p"}
	for _, budget := range []int64{1, 7, 100, 250, 251, 1000} {
		s := NewShardState(250)
		pass := Pass{Number: 1}
		sent := map[int]int{}
		for portion := range 400 {
			taken, until, err := Portion(&s, pass, budget)
			if err != nil {
				t.Fatal(err)
			}
			if taken == 0 && until == nil {
				break
			}
			if portion == 399 {
				t.Fatal("it never ends")
			}
			Bound(&s, until)
			n := sendPortion(t, &s, pass, holder, now, sent)
			if n != taken || n > budget {
				t.Fatalf("budget %d: sent to %d, want %d", budget, n, taken)
			}
		}
		for i := range 250 {
			if sent[i] != 1 {
				t.Fatalf("budget %d: recipient %d was sent to %d times", budget, i, sent[i])
			}
		}
	}
}

// sendPortion sends until nothing is left. Every third is deferred, and every
// fifth is not tried the first time.
func sendPortion(t *testing.T, s *crier.DeliveryShardState, pass Pass, holder Holder, now time.Time, sent map[int]int) (n int64) {
	t.Helper()
	check := func(err error) {
		if err != nil {
			t.Helper()
			t.Fatal(err)
		}
	}
	skipped := map[int]bool{}
	check(Bring(s, pass, now))
	check(Claim(s, holder, now))
	for {
		batch, err := NextBatch(s, pass, 30)
		check(err)
		if len(batch) == 0 {
			check(Surrender(s))
			return n
		}
		check(Begin(s, batch, now))
		var results []Result
		for _, i := range batch {
			r := Result{Index: i, State: crier.DeliveryAccepted}
			switch {
			case i%5 == 0 && !skipped[i]:
				skipped[i] = true
				r.State = crier.DeliveryPending
			case i%3 == 0:
				r.State, r.Counts = crier.DeliveryDeferred, true
			}
			if r.State != crier.DeliveryPending {
				sent[i]++
				n++
			}
			results = append(results, r)
		}
		check(Settle(s, results))
	}
}

func TestBoundSaysWhetherItChangedAnything(t *testing.T) {
	s := NewShardState(3)
	if Bound(&s, nil) || !Bound(&s, new(int32(2))) || Bound(&s, new(int32(2))) || !Bound(&s, new(int32(1))) || !Bound(&s, nil) {
		t.Error("changes are not told from none")
	}
}
