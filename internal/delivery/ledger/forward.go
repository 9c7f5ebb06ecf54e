package ledger

import (
	"errors"
	"fmt"

	"k8s.io/apimachinery/pkg/api/equality"

	crier "crier.dev/crier/api/v1alpha1"
)

// ErrSetBack means that a state isn't one that comes after another one that was
// seen before: a backup was restored over it, say. Who was sent to in between
// isn't known from it.
var ErrSetBack = errors.New("the ledger was set back")

func setBack(what string, from, to any) error {
	return fmt.Errorf("%w: %s was %v, and is %v", ErrSetBack, what, from, to)
}

// backward is the error for a number that only grows; nil if it hasn't shrunk.
func backward[N int32 | int64](what string, from, to N) error {
	if to < from {
		return setBack(what, from, to)
	}
	return nil
}

// counted compares the sequences of two states. Every write counts, so the same
// one is the same state. States of older releases have none, which says
// nothing.
func counted(before, now int64, same func() bool) error {
	switch {
	case before == 0 || now == 0:
		return nil
	case now == before && !same():
		return fmt.Errorf("%w: there are two states %d", ErrSetBack, now)
	}
	return backward("its sequence", before, now)
}

// Forward says whether a shard's state can come after another one that was seen
// of the same shard: nil, or an error that is ErrSetBack. resourceVersions prove
// nothing, since who restores a backup may raise them. The sequence does, unless
// an older release wrote one of the two. The rest is for that, and for a
// state that was set back and has gone on since: it may have any sequence.
func Forward(before, now *crier.DeliveryShardState) error {
	if err := counted(before.Sequence, now.Sequence, func() bool { return equality.Semantic.DeepEqual(before, now) }); err != nil {
		return err
	}
	if err := errors.Join(
		backward("the number of claims", before.Claim.Epoch, now.Claim.Epoch),
		backward("the generation of its messages", before.DateGeneration, now.DateGeneration),
	); err != nil {
		return err
	}
	if before.Totals.Intended != now.Totals.Intended {
		return setBack("the number of its recipients", before.Totals.Intended, now.Totals.Intended)
	}
	if before.Claim.Epoch == now.Claim.Epoch && now.Claim.PodUID != "" && now.Claim.PodUID != before.Claim.PodUID {
		return fmt.Errorf("%w: claim %d is another pod's", ErrSetBack, now.Claim.Epoch)
	}
	if before.DateGeneration != now.DateGeneration {
		return nil
	}
	return forwardWithin(before, now)
}

// forwardWithin compares states of the same generation of messages. Nobody
// who was accepted becomes anything else in one, and its date stays.
func forwardWithin(before, now *crier.DeliveryShardState) error {
	if before.Date != nil && !before.Date.Equal(now.Date) {
		return fmt.Errorf("%w: its messages have another date", ErrSetBack)
	}
	if err := errors.Join(
		backward("its pass", before.Pass, now.Pass),
		backward("the number of accepted", before.Totals.Accepted, now.Totals.Accepted),
	); err != nil {
		return err
	}
	if before.Pass == now.Pass {
		return backward("how far its pass has come", before.Cursor, now.Cursor)
	}
	return nil
}

// ForwardRecord is Forward for the state of a record. Both must be of the same
// object, by its UID: a record that was forgotten may be made anew.
func ForwardRecord(before, now *crier.DeliveryRecordState) error {
	if err := counted(before.Sequence, now.Sequence, func() bool { return equality.Semantic.DeepEqual(before, now) }); err != nil {
		return err
	}
	if before.Run != now.Run {
		return backward("its run", before.Run, now.Run)
	}
	if err := backward("the generation of its messages", before.Generation, now.Generation); err != nil {
		return err
	}
	if f := before.Frozen; f != nil && (now.Frozen == nil || now.Frozen.Attempt != f.Attempt) {
		return fmt.Errorf("%w: what was frozen isn't frozen any more, or anew", ErrSetBack)
	}
	if before.Pass != nil {
		number := int32(0)
		if now.Pass != nil {
			number = now.Pass.Number
		}
		if err := backward("its pass", before.Pass.Number, number); err != nil {
			return err
		}
	}
	if stages[now.Stage] < stages[before.Stage] && !reopened(before, now) {
		return setBack("its stage", before.Stage, now.Stage)
	}
	return nil
}

// stages in the order of a run.
var stages = map[crier.RecordStage]int{
	crier.RecordRegistered: 0, crier.RecordSealed: 1, crier.RecordFrozen: 2, crier.RecordFinished: 3,
}

// reopened says whether a resend opened a record that had finished.
func reopened(before, now *crier.DeliveryRecordState) bool {
	return now.Stage == crier.RecordFrozen && now.Resend != nil && (before.Resend == nil || *before.Resend != *now.Resend)
}
