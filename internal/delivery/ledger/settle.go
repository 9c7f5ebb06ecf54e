package ledger

import (
	"fmt"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/words"
)

// Result is what came of sending to one recipient.
type Result struct {
	// Index of the recipient in the shard.
	Index int
	// State that the recipient is in now; pending if it was not tried, and then
	// it stays in the one that it was in.
	State crier.DeliveryState
	// Counts is true if the attempt used up one of the recipient's tries.
	Counts bool
	// Reply that decided. Its text holds no address, see Mask.
	Reply crier.ShardReply
	// At is when it came.
	At time.Time
}

// Begin adds a batch to the intent: those that may be sent to from now on. The
// intent never has more than MaxBatch recipients. The cursor moves past the
// batch in the same step: whoever is behind it is settled, pending or in the
// intent.
func Begin(s *crier.DeliveryShardState, batch []int, now time.Time) error {
	intended, err := Open(s)
	if err != nil {
		return err
	}
	intended = append(intended, batch...)
	if len(intended) > MaxBatch {
		return fmt.Errorf("an intent of %s, at most %s are allowed", words.Count(len(intended), "recipient"), words.Number(MaxBatch))
	}
	if len(intended) == 0 {
		return nil
	}
	s.Intent = &crier.ShardIntent{Recipients: formatRanges(intended), At: metav1.NewMicroTime(now)}
	for _, i := range batch {
		s.Cursor = max(s.Cursor, int32(i)+1)
	}
	return nil
}

// Open are the recipients of the intent that are not settled.
func Open(s *crier.DeliveryShardState) ([]int, error) {
	if s.Intent == nil {
		return nil, nil
	}
	return parseRanges(s.Intent.Recipients, int(s.Totals.Intended))
}

// Settle writes results of recipients that are in the intent and takes them
// off it. Others are left alone, so that a change can be made again when it
// isn't known whether it was written.
func Settle(s *crier.DeliveryShardState, results []Result) error {
	intended, err := Open(s)
	if err != nil {
		return err
	}
	if len(intended) == 0 {
		s.Intent = nil
		return nil
	}
	o, err := open(s)
	if err != nil {
		return err
	}
	for _, r := range results {
		at, ok := slices.BinarySearch(intended, r.Index)
		if !ok {
			continue
		}
		intended = slices.Delete(intended, at, at+1)
		switch was := bare(o[r.Index]); {
		case r.State == crier.DeliveryPending:
			o[r.Index] = again(o[r.Index])
		case r.State == crier.DeliverySuppressed && (was == accepted || was == unknown):
			o[r.Index] = was // what was sent to him before is not undone
		default:
			note(s, r)
			o[r.Index] = letterOf[r.State]
		}
	}
	put(s, o)
	s.Intent = &crier.ShardIntent{Recipients: formatRanges(intended), At: s.Intent.At}
	if len(intended) == 0 {
		s.Intent = nil
	}
	return nil
}

// note keeps what is known of a recipient beyond its state: attempts, last
// reply and its time. Who was accepted at once needs none of it.
func note(s *crier.DeliveryShardState, r Result) {
	if r.State == crier.DeliveryPending {
		return
	}
	at, known := slices.BinarySearchFunc(s.Exceptions, int32(r.Index),
		func(e crier.ShardException, index int32) int { return int(e.Index - index) })
	reply := r.Reply
	if r.State == crier.DeliveryAccepted {
		if !known {
			return
		}
		if s.Exceptions[at].Attempts == 0 {
			s.Exceptions = slices.Delete(s.Exceptions, at, at+1)
			return
		}
		// The words of an acceptance are a queue id: different for everybody.
		reply = crier.ShardReply{Phase: reply.Phase, Code: reply.Code}
	}
	if !known {
		s.Exceptions = slices.Insert(s.Exceptions, at, crier.ShardException{Index: int32(r.Index)})
	}
	e := &s.Exceptions[at]
	if r.Counts {
		e.Attempts++
	}
	e.Reply = intern(s, reply)
	if !r.At.IsZero() {
		e.At = r.At.Unix()
	}
}

// Revoke turns recipients that were settled as failed into deferred ones, and
// gives them their attempt back: the failure turned out not to be about them.
// Others are left alone, so that it can be done again. It says whether
// anything changed.
func Revoke(s *crier.DeliveryShardState, indexes []int) (bool, error) {
	o, err := open(s)
	if err != nil {
		return false, err
	}
	changed := false
	for _, i := range indexes {
		if i < 0 || i >= len(o) || bare(o[i]) != failed {
			continue
		}
		o[i], changed = deferred, true
		at, known := slices.BinarySearchFunc(s.Exceptions, int32(i),
			func(e crier.ShardException, index int32) int { return int(e.Index - index) })
		if known && s.Exceptions[at].Attempts > 0 {
			s.Exceptions[at].Attempts--
		}
	}
	if changed {
		put(s, o)
	}
	return changed, nil
}
