package ledger

import (
	"slices"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
)

// Recover settles the open intent of a claim whose holder crashed and kept
// its journal: results that the journal knows stand, a message that was ended
// without a result is unknown, and who isn't in the journal wasn't sent to.
func Recover(s *crier.DeliveryShardState, journal []Entry, now time.Time) error {
	lost, err := Open(s)
	if err != nil {
		return err
	}
	last := map[int]Entry{}
	for _, e := range journal {
		if e.Kind != EntryIntent && e.Epoch == s.Claim.Epoch && e.Pass == s.Pass {
			last[e.Index] = e
		}
	}
	results := make([]Result, 0, len(lost))
	for _, i := range lost {
		e, known := last[i]
		switch {
		case !known:
			results = append(results, Result{Index: i, State: crier.DeliveryPending})
		case e.Kind == EntryResult:
			results = append(results, e.result())
		default:
			results = append(results, Result{
				Index: i, State: crier.DeliveryUnknown, Counts: true, At: now,
				Reply: crier.ShardReply{Cause: CauseSenderLost},
			})
		}
	}
	return Settle(s, results)
}

// RecoverLate corrects a shard whose claim was taken away, by the journal of
// the pod that held it: recipients that are unknown only because that pod was
// lost become what happened. Nothing else is touched, and nothing once a later
// pass has begun. It says whether anything changed.
func RecoverLate(s *crier.DeliveryShardState, journal []Entry) (bool, error) {
	o, err := open(s)
	if err != nil {
		return false, err
	}
	changed := false
	for i, e := range lastWords(s, journal) {
		if i >= len(o) || bare(o[i]) != unknown || !lostWithSender(s, i) {
			continue
		}
		r := Result{Index: i, State: crier.DeliveryPending}
		if e.Kind == EntryResult {
			r = e.result()
		}
		switch {
		case e.Kind == EntryEnd, r.State == crier.DeliveryUnknown:
			continue
		case r.State == crier.DeliveryPending && (s.Pass > 1 || !untouchedSince(s, e)),
			r.State == crier.DeliverySuppressed && s.Pass > 1:
			// Somebody else may have sent to this recipient since, or before: it
			// may have been unknown when the pass came to it.
			continue
		}
		note(s, r)
		o[i] = letterOf[r.State]
		changed = true
	}
	if changed {
		put(s, o)
	}
	return changed, nil
}

// lastWords is the last entry of each recipient in the pass that the shard is
// in; the entry of the intent for those that nothing else is known of.
func lastWords(s *crier.DeliveryShardState, journal []Entry) map[int]Entry {
	last := map[int]Entry{}
	for _, e := range journal {
		if e.Pass != s.Pass || e.Epoch >= s.Claim.Epoch {
			continue
		}
		if e.Kind != EntryIntent {
			last[e.Index] = e
			continue
		}
		indexes, err := parseRanges(e.Recipients, int(s.Totals.Intended))
		if err != nil {
			continue
		}
		for _, i := range indexes {
			last[i] = e
		}
	}
	return last
}

// untouchedSince says whether the shard is as it was left when the claim of
// that entry's epoch was taken away.
func untouchedSince(s *crier.DeliveryShardState, e Entry) bool {
	return s.Claim.PodUID == "" && s.Claim.Epoch == e.Epoch+1
}

// lostWithSender says whether the recipient is unknown because of a lost
// sender, and not because of what a relay did.
func lostWithSender(s *crier.DeliveryShardState, index int) bool {
	at, ok := slices.BinarySearchFunc(s.Exceptions, int32(index),
		func(e crier.ShardException, index int32) int { return int(e.Index - index) })
	if !ok {
		return false
	}
	reply := s.Exceptions[at].Reply
	return reply >= 0 && int(reply) < len(s.Replies) && s.Replies[reply].Cause == CauseSenderLost
}
