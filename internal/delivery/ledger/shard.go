package ledger

import (
	crier "crier.dev/crier/api/v1alpha1"
)

// NewShardState is the state of a shard of n recipients, none of whom was
// tried.
func NewShardState(n int) crier.DeliveryShardState {
	o := NewOutcomes(n)
	return crier.DeliveryShardState{Outcomes: o.String(), Totals: o.Totals()}
}

// open reads the outcomes of a state.
func open(s *crier.DeliveryShardState) (Outcomes, error) {
	return ParseOutcomes(s.Outcomes, int(s.Totals.Intended))
}

// put writes the outcomes back, with their totals.
func put(s *crier.DeliveryShardState, o Outcomes) {
	s.Outcomes, s.Totals = o.String(), o.Totals()
}

// ForEach calls f for every recipient of the shard in order. exc and reply
// are nil for those of whom nothing but the state is known. In the reply's
// text, redact.Mark stands for the recipient's address.
func ForEach(shard *crier.DeliveryShard, f func(index int, state crier.DeliveryState, exc *crier.ShardException, reply *crier.ShardReply)) error {
	s := &shard.State
	o, err := ParseOutcomes(s.Outcomes, int(shard.Spec.Recipients))
	if err != nil {
		return err
	}
	exceptions := make(map[int32]*crier.ShardException, len(s.Exceptions))
	for i := range s.Exceptions {
		exceptions[s.Exceptions[i].Index] = &s.Exceptions[i]
	}
	for i := range o {
		exc := exceptions[int32(i)]
		var reply *crier.ShardReply
		if exc != nil && int(exc.Reply) < len(s.Replies) && exc.Reply >= 0 {
			reply = &s.Replies[exc.Reply]
		}
		f(i, o.State(i), exc, reply)
	}
	return nil
}

// Expire turns the deferred recipients into expired ones: time has run out.
// Those that were never tried stay pending.
func Expire(s *crier.DeliveryShardState) error {
	o, err := open(s)
	if err != nil {
		return err
	}
	for i := range o {
		if bare(o[i]) == deferred {
			o[i] = expired
		}
	}
	put(s, o)
	return nil
}
