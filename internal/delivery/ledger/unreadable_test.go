package ledger

import (
	"testing"

	crier "crier.dev/crier/api/v1alpha1"
)

// A shard that can't be read is an error for all, and is left as it is: to
// take it for an empty one would lose what was sent.
func TestUnreadableShards(t *testing.T) {
	outcomes := NewShardState(3)
	outcomes.Outcomes = "q3"
	intent := NewShardState(3)
	intent.Intent = &crier.ShardIntent{Recipients: "1-x"}
	both := NewShardState(3)
	both.Outcomes, both.Intent = "q3", &crier.ShardIntent{Recipients: "0-1"}
	lost := []Result{result(0, crier.DeliveryAccepted)}
	for name, c := range map[string]struct {
		state crier.DeliveryShardState
		do    func(*crier.DeliveryShardState) error
	}{
		"portion": {outcomes, func(s *crier.DeliveryShardState) error {
			n, until, err := Portion(s, first, 9)
			if n != 0 || until != nil {
				t.Errorf("a portion of %d until %v", n, until)
			}
			return err
		}},
		"bring":           {outcomes, func(s *crier.DeliveryShardState) error { return Bring(s, first, noon) }},
		"next":            {outcomes, func(s *crier.DeliveryShardState) error { _, err := NextBatch(s, first, 9); return err }},
		"next, intent":    {intent, func(s *crier.DeliveryShardState) error { _, err := NextBatch(s, first, 9); return err }},
		"work":            {outcomes, func(s *crier.DeliveryShardState) error { _, err := HasWork(s, first); return err }},
		"begin":           {intent, func(s *crier.DeliveryShardState) error { return Begin(s, []int{0}, noon) }},
		"settle":          {both, func(s *crier.DeliveryShardState) error { return Settle(s, lost) }},
		"settle, intent":  {intent, func(s *crier.DeliveryShardState) error { return Settle(s, lost) }},
		"release":         {both, func(s *crier.DeliveryShardState) error { return Release(s, 3, noon) }},
		"release, intent": {intent, func(s *crier.DeliveryShardState) error { return Release(s, 3, noon) }},
		"recover":         {both, func(s *crier.DeliveryShardState) error { return Recover(s, nil, boot, noon) }},
		"recover, intent": {intent, func(s *crier.DeliveryShardState) error { return Recover(s, nil, boot, noon) }},
		"expire":          {outcomes, Expire},
		"revoke":          {outcomes, func(s *crier.DeliveryShardState) error { return changedNothing(t)(Revoke(s, []int{0})) }},
		"late":            {outcomes, func(s *crier.DeliveryShardState) error { return changedNothing(t)(RecoverLate(s, nil, boot)) }},
		"each": {outcomes, func(s *crier.DeliveryShardState) error {
			return ForEach(&crier.DeliveryShard{Spec: crier.DeliveryShardSpec{Recipients: 3}, State: *s},
				func(int, crier.DeliveryState, *crier.ShardException, *crier.ShardReply) {})
		}},
	} {
		s := *c.state.DeepCopy()
		if err := c.do(&s); err == nil {
			t.Errorf("%s: no error", name)
		}
		if s.Outcomes != c.state.Outcomes {
			t.Errorf("%s: became %s", name, s.Outcomes)
		}
	}
}

func changedNothing(t *testing.T) func(bool, error) error {
	return func(changed bool, err error) error {
		if changed {
			t.Error("says that it changed something")
		}
		return err
	}
}
