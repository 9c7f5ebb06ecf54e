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

// ExitSetBack is the exit code of a sender's process that found the ledger set
// back. By it the manager knows, which may not have seen what that pod has.
const ExitSetBack = 79

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
	return MarkOf(before).forward(MarkOf(now))
}

// Mark is what is worth remembering of a shard's state to see whether it is set
// back. It holds what never shrinks, and takes some 150 octets as JSON.
type Mark struct {
	Sequence   int64  `json:"q,omitempty"`
	Epoch      int64  `json:"e,omitempty"`
	Pod        string `json:"u,omitempty"`
	Generation int32  `json:"g,omitempty"`
	// Date of the messages, in seconds since 1970; 0 for none yet.
	Date     int64 `json:"d,omitempty"`
	Pass     int32 `json:"p,omitempty"`
	Cursor   int32 `json:"c,omitempty"`
	Accepted int64 `json:"a,omitempty"`
	Intended int64 `json:"n,omitempty"`
}

// MarkOf is the mark of a state.
func MarkOf(s *crier.DeliveryShardState) Mark {
	m := Mark{
		Sequence: s.Sequence, Epoch: s.Claim.Epoch, Pod: s.Claim.PodUID, Generation: s.DateGeneration, Pass: s.Pass,
		Cursor: s.Cursor, Accepted: s.Totals.Accepted, Intended: s.Totals.Intended,
	}
	if s.Date != nil {
		m.Date = s.Date.Unix()
	}
	return m
}

// Forward is the function of that name, by what is remembered of a state.
func (m Mark) Forward(now *crier.DeliveryShardState) error {
	of := MarkOf(now)
	if err := counted(m.Sequence, of.Sequence, func() bool { return m == of }); err != nil {
		return err
	}
	return m.forward(of)
}

func (m Mark) forward(now Mark) error {
	if err := errors.Join(
		backward("the number of claims", m.Epoch, now.Epoch),
		backward("the generation of its messages", m.Generation, now.Generation),
	); err != nil {
		return err
	}
	switch {
	case m.Intended != now.Intended:
		return setBack("the number of its recipients", m.Intended, now.Intended)
	case m.Epoch == now.Epoch && now.Pod != "" && now.Pod != m.Pod:
		return fmt.Errorf("%w: claim %d is another pod's", ErrSetBack, now.Epoch)
	case m.Generation != now.Generation:
		return nil
	case m.Date != 0 && m.Date != now.Date:
		return fmt.Errorf("%w: its messages have another date", ErrSetBack)
	}
	// Nobody who was accepted becomes anything else in a generation.
	if err := errors.Join(
		backward("its pass", m.Pass, now.Pass),
		backward("the number of accepted", m.Accepted, now.Accepted),
	); err != nil {
		return err
	}
	if m.Pass == now.Pass {
		return backward("how far its pass has come", m.Cursor, now.Cursor)
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
