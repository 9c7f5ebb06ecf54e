package ledger

import (
	"testing"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
)

// A claim is held by one pod in one epoch: after a restart its own earlier
// claim isn't its claim any more.
func TestHolds(t *testing.T) {
	s := crier.DeliveryShardState{Claim: crier.ShardClaim{PodUID: podA.PodUID, Epoch: 3}}
	for _, c := range []struct {
		who   Holder
		epoch int64
		want  bool
	}{
		{podA, 3, true}, {podA, 2, false}, {podB, 3, false}, {podB, 2, false},
	} {
		if got := Holds(&s, c.who, c.epoch); got != c.want {
			t.Errorf("%s in epoch %d holds it: %t", c.who.PodName, c.epoch, got)
		}
	}
}

// A claim names its pod; given back it keeps its count and the time of the
// last write, and what troubled the sender is over.
func TestClaimIsGivenBack(t *testing.T) {
	s := NewShardState(1)
	must(t, Claim(&s, podB, noon))
	if s.Claim.PodName != "b" || s.Claim.Worker != 1 {
		t.Errorf("claimed by %+v", s.Claim)
	}
	s.Trouble = &crier.RelayTrouble{}
	must(t, Surrender(&s))
	if s.Claim.PodUID != "" || s.Claim.Epoch != 1 || s.Claim.RenewTime == nil || s.Trouble != nil {
		t.Errorf("given back as %+v, trouble %v", s.Claim, s.Trouble)
	}
	must(t, Claim(&s, podA, noon))
	s.Trouble = &crier.RelayTrouble{}
	must(t, Release(&s, 1, noon))
	if s.Trouble != nil {
		t.Error("the trouble of a sender that is lost goes on")
	}
}

// Who is unknown since a sender was lost has a time and a cause, and no try
// is used up.
func TestReleaseSaysWhyAndWhen(t *testing.T) {
	s := begun(t, "p", first, 1)
	late := noon.Add(time.Hour)
	must(t, Release(&s, 1, late))
	if e := s.Exceptions[0]; e.At != late.Unix() || e.Attempts != 0 || s.Replies[e.Reply].Cause != "SenderLost" {
		t.Errorf("got %+v of %+v", e, s.Replies)
	}
}

// An intent without a claim, which only a fault can leave, is settled too.
func TestReleaseOfAnIntentThatNobodyClaims(t *testing.T) {
	s := begun(t, "p", first, 1)
	s.Claim = crier.ShardClaim{}
	must(t, Release(&s, 1, noon))
	if got := letters(t, s); got != "u" || s.Intent != nil {
		t.Errorf("%s, intent %+v", got, s.Intent)
	}
}
