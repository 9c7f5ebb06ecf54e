package ledger

import (
	"slices"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
)

// Recover settles the open intent of a claim whose holder crashed, by the journal
// that it kept, in the present boot of the machine ("" if that isn't known).
// Results that the journal knows stand. A message that was ended without a
// result is unknown. Who was noted in an intent in this boot, and not ended, was
// not sent to. Whoever else is open, the journal has lost: they are unknown,
// whatever it was that took it, and so is whoever wasn't sent to at first, and
// may have been afterwards.
func Recover(s *crier.DeliveryShardState, journal []Entry, boot string, now time.Time) error {
	lost, err := Open(s)
	if err != nil {
		return err
	}
	known := lastWords(s, journal, boot, func(epoch int64) bool { return epoch == s.Claim.Epoch })
	results := make([]Result, 0, len(lost))
	for _, i := range lost {
		if w, ok := known[i]; ok {
			results = append(results, w.result)
			continue
		}
		results = append(results, Result{
			Index: i, State: crier.DeliveryUnknown, Counts: true, At: now,
			Reply: crier.ShardReply{Cause: CauseSenderLost},
		})
	}
	return Settle(s, results)
}

// RecoverLate corrects a shard whose claim was taken away, by the journal of
// the pod that held it: recipients that are unknown only because that pod was
// lost become what happened. Nothing else is touched, and nothing once a later
// pass has begun. It says whether anything changed.
func RecoverLate(s *crier.DeliveryShardState, journal []Entry, boot string) (bool, error) {
	o, err := open(s)
	if err != nil {
		return false, err
	}
	changed := false
	for i, w := range lastWords(s, journal, boot, func(epoch int64) bool { return epoch < s.Claim.Epoch }) {
		if i >= len(o) || bare(o[i]) != unknown || !lostWithSender(s, i) {
			continue
		}
		r := w.result
		switch {
		case r.State == crier.DeliveryUnknown:
			continue
		case r.State == crier.DeliveryPending && (s.Pass > 1 || !untouchedSince(s, w.epoch)),
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

// word is what a journal knows of a recipient.
type word struct {
	epoch  int64
	result Result
}

// lastWords is what a journal knows for certain of each recipient, in the pass
// that the shard is in, under the claims that are asked for. Of a message that
// was ended without a result that is nothing. Nor is it anything that somebody
// wasn't sent to, unless the intent was noted in this boot: else the
// end of a message may have been noted after that, and lost.
func lastWords(s *crier.DeliveryShardState, journal []Entry, boot string, of func(epoch int64) bool) map[int]word {
	known, noted := map[int]word{}, map[int]int64{}
	for _, e := range journal {
		if e.Pass != s.Pass || !of(e.Epoch) {
			continue
		}
		switch {
		case e.Kind == EntryIntent:
			indexes, err := parseRanges(e.Recipients, int(s.Totals.Intended))
			if err != nil || boot == "" || e.Boot != boot {
				continue
			}
			for _, i := range indexes {
				noted[i] = e.Epoch
				known[i] = word{e.Epoch, Result{Index: i, State: crier.DeliveryPending}}
			}
		case e.Kind == EntryResult && (e.State != crier.DeliveryPending || noted[e.Index] == e.Epoch):
			known[e.Index] = word{e.Epoch, e.result()}
		default:
			delete(known, e.Index)
		}
	}
	return known
}

// untouchedSince says whether the shard is as it was left when the claim of
// that epoch was taken away.
func untouchedSince(s *crier.DeliveryShardState, epoch int64) bool {
	return s.Claim.PodUID == "" && s.Claim.Epoch == epoch+1
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
