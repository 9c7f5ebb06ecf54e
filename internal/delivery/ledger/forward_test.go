package ledger

import (
	"errors"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
)

func TestForward(t *testing.T) {
	base := begun(t, "pppppppp", first, 4)
	must(t, Settle(&base, []Result{result(0, crier.DeliveryAccepted), result(1, crier.DeliveryFailed)}))
	base.Sequence = 7
	next := func(change func(*crier.DeliveryShardState)) crier.DeliveryShardState {
		s := *base.DeepCopy()
		s.Sequence++
		change(&s)
		return s
	}
	late := metav1.NewTime(noon.Add(time.Hour))
	for name, c := range map[string]struct {
		now crier.DeliveryShardState
		ok  bool
	}{
		"the same":        {*base.DeepCopy(), true},
		"renewed":         {next(func(s *crier.DeliveryShardState) { Renew(s, late.Time) }), true},
		"clock put back":  {next(func(s *crier.DeliveryShardState) { Renew(s, noon.Add(-time.Hour)) }), true},
		"settled":         {next(func(s *crier.DeliveryShardState) { must(t, Settle(s, []Result{result(2, crier.DeliveryAccepted)})) }), true},
		"released":        {next(func(s *crier.DeliveryShardState) { must(t, Release(s, 8, noon)) }), true},
		"taken back":      {next(func(s *crier.DeliveryShardState) { _, err := Revoke(s, []int{1}); must(t, err) }), true},
		"expired":         {next(func(s *crier.DeliveryShardState) { must(t, Expire(s)) }), true},
		"a new message":   {next(func(s *crier.DeliveryShardState) { Regenerate(s, 1) }), true},
		"many writes":     {next(func(s *crier.DeliveryShardState) { s.Sequence += 100; s.Pass, s.Cursor = 3, 0 }), true},
		"an older writer": {next(func(s *crier.DeliveryShardState) { s.Sequence = 0 }), true},

		"an earlier one":        {next(func(s *crier.DeliveryShardState) { s.Sequence = 6 }), false},
		"another one":           {next(func(s *crier.DeliveryShardState) { s.Sequence = 7; s.Cursor++ }), false},
		"fewer claims":          {next(func(s *crier.DeliveryShardState) { s.Claim.Epoch-- }), false},
		"somebody else's claim": {next(func(s *crier.DeliveryShardState) { s.Claim.PodUID = "other" }), false},
		"an earlier message":    {next(func(s *crier.DeliveryShardState) { s.DateGeneration-- }), false},
		"another date":          {next(func(s *crier.DeliveryShardState) { s.Date = &late }), false},
		"no date":               {next(func(s *crier.DeliveryShardState) { s.Date = nil }), false},
		"an earlier pass":       {next(func(s *crier.DeliveryShardState) { s.Pass-- }), false},
		"not so far":            {next(func(s *crier.DeliveryShardState) { s.Cursor-- }), false},
		"fewer accepted":        {next(func(s *crier.DeliveryShardState) { s.Totals.Accepted-- }), false},
		"other recipients":      {next(func(s *crier.DeliveryShardState) { s.Totals.Intended++ }), false},
		"an older writer's, set back": {next(func(s *crier.DeliveryShardState) {
			s.Sequence, s.Cursor = 0, 2
		}), false},
	} {
		err := Forward(&base, &c.now)
		if c.ok && err != nil || !c.ok && !errors.Is(err, ErrSetBack) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestForwardRecord(t *testing.T) {
	at := metav1.NewTime(noon)
	base := crier.DeliveryRecordState{
		Sequence: 9, Run: 2, Generation: 1, Stage: crier.RecordFrozen,
		Frozen: &crier.FrozenDelivery{Attempt: "a"}, Pass: &crier.DeliveryPass{Number: 3},
	}
	finished := *base.DeepCopy()
	finished.Stage = crier.RecordFinished
	next := func(of crier.DeliveryRecordState, change func(*crier.DeliveryRecordState)) crier.DeliveryRecordState {
		s := *of.DeepCopy()
		s.Sequence++
		change(&s)
		return s
	}
	for name, c := range map[string]struct {
		before, now crier.DeliveryRecordState
		ok          bool
	}{
		"the same":     {base, *base.DeepCopy(), true},
		"a pass on":    {base, next(base, func(s *crier.DeliveryRecordState) { s.Pass.Number++ }), true},
		"finished":     {base, next(base, func(s *crier.DeliveryRecordState) { s.Stage = crier.RecordFinished }), true},
		"another run":  {base, next(base, func(s *crier.DeliveryRecordState) { *s = crier.DeliveryRecordState{Sequence: 10, Run: 3} }), true},
		"older writer": {base, next(base, func(s *crier.DeliveryRecordState) { s.Sequence = 0 }), true},
		"a resend": {finished, next(finished, func(s *crier.DeliveryRecordState) {
			s.Stage, s.Resend = crier.RecordFrozen, &crier.RecordResend{Token: "t", At: at}
		}), true},

		"an earlier one":  {base, next(base, func(s *crier.DeliveryRecordState) { s.Sequence = 8 }), false},
		"another one":     {base, next(base, func(s *crier.DeliveryRecordState) { s.Sequence = 9; s.Stopped = true }), false},
		"an earlier run":  {base, next(base, func(s *crier.DeliveryRecordState) { s.Run = 1 }), false},
		"earlier message": {base, next(base, func(s *crier.DeliveryRecordState) { s.Generation = 0 }), false},
		"thawed":          {base, next(base, func(s *crier.DeliveryRecordState) { s.Frozen = nil }), false},
		"frozen anew":     {base, next(base, func(s *crier.DeliveryRecordState) { s.Frozen.Attempt = "b" }), false},
		"an earlier pass": {base, next(base, func(s *crier.DeliveryRecordState) { s.Pass.Number = 2 }), false},
		"no pass":         {base, next(base, func(s *crier.DeliveryRecordState) { s.Pass = nil }), false},
		"an older stage":  {base, next(base, func(s *crier.DeliveryRecordState) { s.Stage = crier.RecordSealed }), false},
		"not finished":    {finished, next(finished, func(s *crier.DeliveryRecordState) { s.Stage = crier.RecordFrozen }), false},
	} {
		err := ForwardRecord(&c.before, &c.now)
		if c.ok && err != nil || !c.ok && !errors.Is(err, ErrSetBack) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
