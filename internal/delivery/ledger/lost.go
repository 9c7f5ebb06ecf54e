package ledger

import (
	"slices"
	"strings"

	crier "crier.dev/crier/api/v1alpha1"
)

// maxLostShards is how much of a list of shards is kept, in octets.
const maxLostShards = 240

// LostOf sums up the shards, by index, whose recipients' addresses are gone;
// nil if there are none.
func LostOf(shards []crier.DeliveryShard, gone []int32) *crier.LostRecipients {
	lost := &crier.LostRecipients{}
	var indexes []int
	for i := range shards {
		if slices.Contains(gone, shards[i].Spec.Index) {
			indexes = append(indexes, int(shards[i].Spec.Index))
			lost.Totals = Sum(lost.Totals, shards[i].State.Totals)
		}
	}
	if indexes == nil {
		return nil
	}
	lost.Shards = formatRanges(indexes)
	if len(lost.Shards) > maxLostShards {
		cut := lost.Shards[:maxLostShards]
		lost.Shards = cut[:strings.LastIndexByte(cut, ',')+1] + "..."
	}
	return lost
}

// Reached is how far a shard has come in a pass: a number that grows whenever
// something comes of it.
func Reached(s *crier.DeliveryShardState, pass int32) int64 {
	settled := s.Totals.Intended - s.Totals.Pending
	if s.Pass != pass {
		return settled
	}
	return settled + int64(s.Cursor)
}
