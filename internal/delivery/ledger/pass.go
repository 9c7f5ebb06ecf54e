package ledger

import (
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
)

// MaxBatch is the most recipients of one intent. It bounds what a lost pod
// leaves unknown.
const MaxBatch = 100

// Pass is what a pass of sender pods is about.
type Pass struct {
	// Number from 1.
	Number int32
	// Selects the states of the recipients that are sent to, see Selected.
	Selects []crier.DeliveryState
	// Generation of Message-IDs, from 0.
	Generation int32
}

// Selected says whether a pass that selects these states sends to a recipient
// in this one. Pending ones always are; who selects the accepted ones sends
// to everybody again.
func Selected(selects []crier.DeliveryState, state crier.DeliveryState) bool {
	return state == crier.DeliveryPending ||
		slices.Contains(selects, crier.DeliveryAccepted) ||
		slices.Contains(selects, state)
}

// Bring takes a shard into a pass, unless it is there already, and dates its
// messages at the first claim of a generation: the date then is the same in
// every retry. It returns ErrPassOver if a later pass or generation has begun:
// a sender that nobody hears of any more must not send the last one again.
func Bring(s *crier.DeliveryShardState, p Pass, now time.Time) error {
	if s.Pass > p.Number || s.DateGeneration > p.Generation {
		return ErrPassOver
	}
	if s.Pass < p.Number {
		s.Pass, s.Cursor = p.Number, 0
		dropUnusedReplies(s)
		if err := forgetTries(s); err != nil {
			return err
		}
	}
	if s.Date == nil || s.DateGeneration != p.Generation {
		date := metav1.NewTime(now.Truncate(time.Second))
		s.Date, s.DateGeneration = &date, p.Generation
	}
	return nil
}

// forgetTries ends the last pass: it comes to nobody again.
func forgetTries(s *crier.DeliveryShardState) error {
	o, err := open(s)
	if err != nil {
		return err
	}
	for i := range o {
		o[i] = bare(o[i])
	}
	put(s, o)
	return nil
}

// Regenerate makes everybody pending again, once for each generation of
// Message-IDs: the shard then is as if nothing had been sent. It says whether
// anything changed. It must be done to all shards before a sender of that
// generation starts, or a pass that is cut off would take those of the last
// generation for its own.
func Regenerate(s *crier.DeliveryShardState, generation int32) bool {
	if s.DateGeneration >= generation {
		return false
	}
	epoch, sequence := s.Claim.Epoch, s.Sequence
	*s = NewShardState(int(s.Totals.Intended))
	s.Claim.Epoch, s.Sequence = epoch+1, sequence
	s.DateGeneration = generation
	return true
}

// NextBatch is who comes next in a pass that the shard was brought to: at most
// limit recipients, and never more than the intent has room for. From the
// cursor on they are those that are selected; behind it those that the pass
// has to come to again because nothing came of the first try. Empty: nobody is left but those
// in the intent.
func NextBatch(s *crier.DeliveryShardState, p Pass, limit int) ([]int, error) {
	o, err := open(s)
	if err != nil {
		return nil, err
	}
	intended, err := Open(s)
	if err != nil {
		return nil, err
	}
	limit = min(limit, MaxBatch-len(intended))
	cursor := min(int(s.Cursor), len(o))
	var batch []int
	end := endOf(s, len(o))
	for i := cursor; i < end && len(batch) < limit; i++ {
		if Selected(p.Selects, o.State(i)) {
			batch = append(batch, i)
		}
	}
	for i := 0; i < min(cursor, end) && len(batch) < limit; i++ {
		if !due(o[i]) {
			continue
		}
		if _, open := slices.BinarySearch(intended, i); !open {
			batch = append(batch, i)
		}
	}
	return batch, nil
}

// HasWork says whether the pass has anything left to do in a shard that
// may not have been brought to it yet.
func HasWork(s *crier.DeliveryShardState, p Pass) (bool, error) {
	if s.Pass > p.Number || s.DateGeneration > p.Generation {
		return false, nil
	}
	if s.Intent != nil {
		return true, nil
	}
	ahead := *s
	if ahead.Pass < p.Number {
		ahead.Cursor = 0
	}
	batch, err := NextBatch(&ahead, p, 1)
	return len(batch) > 0, err
}
