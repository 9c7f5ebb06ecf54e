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

// A portion counts who is left in the pass: behind the cursor those that it
// has to come to again, from there on those that it selects.
func TestPortion(t *testing.T) {
	deferredToo := []crier.DeliveryState{crier.DeliveryDeferred}
	for name, c := range map[string]struct {
		letters            string
		at, cursor, number int32
		generation         int32
		budget, taken      int64
		until              int32 // -1 for none
	}{
		"all":                       {"pDappd", 1, 3, 1, 0, 9, 5, -1},
		"just all":                  {"pDappd", 1, 3, 1, 0, 5, 5, -1},
		"behind the cursor":         {"pDappd", 1, 3, 1, 0, 2, 2, 3},
		"and beyond":                {"pDappd", 1, 3, 1, 0, 3, 3, 4},
		"settled behind the cursor": {"dpp", 1, 1, 1, 0, 9, 2, -1},
		"selected at the cursor":    {"pd", 1, 1, 1, 0, 9, 2, -1},
		"settled at the cursor":     {"pa", 1, 1, 1, 0, 9, 1, -1},
		"a new pass":                {"dpp", 1, 3, 2, 0, 9, 3, -1},
		"a pass that is over":       {"ppp", 2, 0, 1, 0, 1, 0, -1},
		"a generation that is over": {"ppp", 1, 0, 1, 1, 1, 0, -1},
	} {
		s := stateOfLetters(c.letters)
		s.Pass, s.Cursor, s.DateGeneration = c.at, c.cursor, c.generation
		taken, until, err := Portion(&s, Pass{Number: c.number, Selects: deferredToo}, c.budget)
		got := int32(-1)
		if until != nil {
			got = *until
		}
		if err != nil || taken != c.taken || got != c.until {
			t.Errorf("%s: %d until %d, %v; want %d until %d", name, taken, got, err, c.taken, c.until)
		}
	}
}

func TestNobodyComesWithinABoundOfZero(t *testing.T) {
	s := NewShardState(3)
	Bound(&s, new(int32(0)))
	if batch, err := NextBatch(&s, first, 9); err != nil || len(batch) > 0 {
		t.Errorf("got %v, %v", batch, err)
	}
}
