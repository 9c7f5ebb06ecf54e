package ledger

import crier "crier.dev/crier/api/v1alpha1"

// endOf is where a shard of n recipients ends for now.
func endOf(s *crier.DeliveryShardState, n int) int {
	if s.Until == nil {
		return n
	}
	return max(0, min(n, int(*s.Until)))
}

// Bound makes everybody from an index on wait; nobody without one. It says
// whether that changed anything. No sender may be at work on the pass.
func Bound(s *crier.DeliveryShardState, until *int32) bool {
	if s.Until == nil && until == nil || s.Until != nil && until != nil && *s.Until == *until {
		return false
	}
	s.Until = until
	return true
}

// Portion is how many of the recipients that a pass has left in a shard come
// within a budget, whatever the shard is bound to, and the bound that keeps
// the pass to them: nil when all come within it. In one pass nobody of them
// is sent to again once a message was accepted, or may have been: so no more
// are than that.
func Portion(s *crier.DeliveryShardState, p Pass, budget int64) (taken int64, until *int32, err error) {
	if s.Pass > p.Number || s.DateGeneration > p.Generation {
		return 0, nil, nil
	}
	o, err := open(s)
	if err != nil {
		return 0, nil, err
	}
	cursor := int(s.Cursor)
	if s.Pass < p.Number {
		cursor = 0
	}
	for i := range o {
		if i < cursor && !due(o[i]) || i >= cursor && !Selected(p.Selects, o.State(i)) {
			continue
		}
		if taken == budget {
			return taken, new(int32(i)), nil
		}
		taken++
	}
	return taken, nil, nil
}
