package ledger

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
)

// Drift is how far the clock of a sender's node may be off without anybody
// being told.
const Drift = 15 * time.Second

// Sighting is what a manager remembers of a shard that it has looked at: enough
// to see that its state was set back, and when its claim last changed, by the
// manager's own clock. The zero value is of a shard that wasn't seen yet.
type Sighting struct {
	uid, version string
	state        crier.DeliveryShardState // without what grows with its recipients
	digest       uint64
	looked       time.Time // when it was last seen so
	changed      time.Time // when its claim was first seen so
}

// See is the next look at a shard. The error is ErrSetBack if its state can't
// come after the one that was seen before; the sighting is that of the present
// state all the same. skew is by how much the clock of a holder that has renewed
// its claim since the last look is ahead of now, or behind if it is negative; 0
// if that isn't known.
func (s Sighting) See(shard *crier.DeliveryShard, now time.Time) (next Sighting, skew time.Duration, err error) {
	state := &shard.State
	if s.version != "" && s.version == shard.ResourceVersion && s.uid == string(shard.UID) {
		s.looked = now
		return s, 0, nil
	}
	next = Sighting{uid: string(shard.UID), version: shard.ResourceVersion, state: core(state), digest: digestOf(state), looked: now, changed: now}
	if s.looked.IsZero() {
		return next, 0, nil
	}
	if sameClaim(&s.state.Claim, &state.Claim) && s.state.Sequence == state.Sequence {
		next.changed = s.changed
	} else {
		skew = skewOf(&s.state.Claim, &state.Claim, s.looked, now)
	}
	return next, skew, s.forward(next)
}

func (s Sighting) forward(next Sighting) error {
	switch {
	case s.uid != next.uid:
		return fmt.Errorf("%w: it was deleted and created again", ErrSetBack)
	case s.state.Sequence == 0 || s.state.Sequence != next.state.Sequence:
		return Forward(&s.state, &next.state)
	case s.digest != next.digest:
		return fmt.Errorf("%w: there are two states %d", ErrSetBack, next.state.Sequence)
	}
	return nil
}

// Stale says whether the claim wasn't renewed for long enough that its holder
// has stopped: whatever the clock of its node says, the holder counts its lease
// from before the write that was seen.
func (s Sighting) Stale(now time.Time) bool { return now.Sub(s.changed) > Lease+Drift }

func sameClaim(a, b *crier.ShardClaim) bool {
	return a.Epoch == b.Epoch && a.PodUID == b.PodUID && a.RenewTime.Equal(b.RenewTime)
}

// skewOf compares the time of a renewal with those between which it was made.
func skewOf(before, now *crier.ShardClaim, after, until time.Time) time.Duration {
	if now.PodUID == "" || now.RenewTime == nil || before.RenewTime != nil && now.RenewTime.Equal(before.RenewTime) {
		return 0
	}
	switch at := now.RenewTime.Time; {
	case at.Sub(until) > Drift:
		return at.Sub(until)
	case after.Sub(at) > Drift:
		return at.Sub(after)
	}
	return 0
}

// core is a state without what can be large.
func core(state *crier.DeliveryShardState) crier.DeliveryShardState {
	small := *state
	small.Outcomes, small.Replies, small.Exceptions, small.Intent, small.Trouble, small.Until = "", nil, nil, nil, nil, nil
	return small
}

// digestOf tells two states apart.
func digestOf(state *crier.DeliveryShardState) uint64 {
	sum := fnv.New64a()
	_ = json.NewEncoder(sum).Encode(state) // they are JSON already
	return sum.Sum64()
}

// RecordSighting is what a manager remembers of a record that it has looked at.
// It is small: there are many records. The zero value is of one that wasn't seen.
type RecordSighting struct {
	uid, version    string
	sequence        int64
	stage           crier.RecordStage
	run, generation int32
	pass            int32
	attempt         string
	resend          *crier.RecordResend
}

// See is Sighting.See for a record. One that was deleted and made anew, with
// nothing in it, is another; one that was restored isn't.
func (s RecordSighting) See(record *crier.DeliveryRecord) (RecordSighting, error) {
	if s.version != "" && s.version == record.ResourceVersion && s.uid == string(record.UID) {
		return s, nil
	}
	state := &record.State
	next := RecordSighting{
		uid: string(record.UID), version: record.ResourceVersion, sequence: state.Sequence,
		stage: state.Stage, run: state.Run, generation: state.Generation, resend: state.Resend,
	}
	if state.Frozen != nil {
		next.attempt = state.Frozen.Attempt
	}
	if state.Pass != nil {
		next.pass = state.Pass.Number
	}
	if s.uid == "" || s.uid != next.uid && next.blank() {
		return next, nil
	}
	before, now := s.state(), next.state()
	if before.Sequence == now.Sequence {
		before.Sequence, now.Sequence = 0, 0 // a person who mends it may not count
	}
	return next, ForwardRecord(before, now)
}

// blank says whether nothing came of the record yet.
func (s RecordSighting) blank() bool {
	return s.stage == crier.RecordRegistered && s.run == 1 && s.attempt == ""
}

// state is as much of the record's as ForwardRecord looks at.
func (s RecordSighting) state() *crier.DeliveryRecordState {
	state := &crier.DeliveryRecordState{Sequence: s.sequence, Run: s.run, Generation: s.generation, Stage: s.stage, Resend: s.resend}
	if s.attempt != "" {
		state.Frozen = &crier.FrozenDelivery{Attempt: s.attempt}
	}
	if s.pass != 0 {
		state.Pass = &crier.DeliveryPass{Number: s.pass}
	}
	return state
}
