package ledger

import (
	"errors"
	"testing"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
)

func TestRegenerateForgetsOnce(t *testing.T) {
	s := NewShardState(3)
	now := time.Unix(1_800_000_000, 0)
	holder := Holder{PodUID: "a"}
	pass := Pass{Number: 1}
	for _, err := range []error{Bring(&s, pass, now), Claim(&s, holder, now), Begin(&s, []int{0, 1, 2}, now)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	err := Settle(&s, []Result{
		{Index: 0, State: crier.DeliveryAccepted}, {Index: 1, State: crier.DeliveryFailed, Counts: true}, {Index: 2, State: crier.DeliveryAccepted},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := Surrender(&s); err != nil {
		t.Fatal(err)
	}
	epoch := s.Claim.Epoch
	if Regenerate(&s, 0) {
		t.Error("the present generation was forgotten")
	}
	if !Regenerate(&s, 1) || s.Totals.Pending != 3 || len(s.Exceptions) != 0 || s.Claim.Epoch <= epoch {
		t.Errorf("not as if nothing had been sent: %+v", s)
	}
	// A sender of the last generation that comes back late gets nothing.
	if err := Bring(&s, pass, now); !errors.Is(err, ErrPassOver) {
		t.Errorf("the last generation is brought: %v", err)
	}
	if work, err := HasWork(&s, pass); work || err != nil {
		t.Errorf("the last generation has work: %t, %v", work, err)
	}
	// A pass that is cut off after one recipient must not begin again.
	again := Pass{Number: 2, Generation: 1}
	for _, err := range []error{Bring(&s, again, now), Claim(&s, holder, now), Begin(&s, []int{0}, now), Settle(&s, []Result{{Index: 0, State: crier.DeliveryAccepted}})} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if Regenerate(&s, 1) {
		t.Error("a generation was forgotten twice")
	}
	left, err := NextBatch(&s, Pass{Number: 3, Generation: 1}, 10)
	if err != nil || len(left) != 2 {
		t.Errorf("left %v, %v", left, err)
	}
}
