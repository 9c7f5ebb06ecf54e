package ledger

import (
	"errors"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/smtp/outcome"
	"crier.dev/crier/internal/words"
)

// Lease is how long after its last write a sender may go on sending, and so
// how long others wait before they take a claim away.
const Lease = 60 * time.Second

// CauseSenderLost is the cause of an unknown recipient whose sender was lost
// with what it knew.
const CauseSenderLost = string(outcome.CauseSenderLost)

var (
	// ErrHeld means that another pod holds the shard.
	ErrHeld = errors.New("the shard is held by another pod")
	// ErrPassOver means that a later pass has begun.
	ErrPassOver = errors.New("a later pass has begun")
	// ErrNotOurs means that the claim was taken away.
	ErrNotOurs = errors.New("the claim was taken away")
	// ErrIntentOpen means that recipients of an intent are not settled.
	ErrIntentOpen = errors.New("recipients of the intent are not settled")
)

// Holder is a pod that sends.
type Holder struct {
	PodUID, PodName string
	// Worker is its completion index.
	Worker int32
}

// Claim takes a shard that nobody holds, or that this pod held before its
// container was restarted. An intent that is open then must be recovered
// first.
func Claim(s *crier.DeliveryShardState, h Holder, now time.Time) error {
	switch {
	case s.Claim.PodUID != "" && s.Claim.PodUID != h.PodUID:
		return ErrHeld
	case s.Intent != nil:
		return ErrIntentOpen
	}
	s.Claim = crier.ShardClaim{
		Epoch: s.Claim.Epoch + 1, PodUID: h.PodUID, PodName: h.PodName, Worker: h.Worker,
	}
	Renew(s, now)
	return nil
}

// Holds says whether the claim is still the one of that pod and epoch.
func Holds(s *crier.DeliveryShardState, h Holder, epoch int64) bool {
	return s.Claim.PodUID == h.PodUID && s.Claim.Epoch == epoch
}

// Renew notes that the holder is alive.
func Renew(s *crier.DeliveryShardState, now time.Time) {
	at := metav1.NewMicroTime(now)
	s.Claim.RenewTime = &at
}

// Surrender gives the claim back. Nothing may be open. The time of the last
// write stays: it is when the last message had been answered.
func Surrender(s *crier.DeliveryShardState) error {
	if s.Intent != nil {
		return ErrIntentOpen
	}
	s.Claim = crier.ShardClaim{Epoch: s.Claim.Epoch, RenewTime: s.Claim.RenewTime}
	s.Trouble = nil
	return nil
}

// Release takes a claim away from a pod that is lost: of those it may have
// been sending to, nobody knows who got the message. n is how many recipients
// the shard has. Releasing what nobody holds changes nothing.
func Release(s *crier.DeliveryShardState, n int32, now time.Time) error {
	if s.Totals.Intended != int64(n) {
		return fmt.Errorf("shard accounts for %s, want %s", words.Count(s.Totals.Intended, "recipient"), words.Number(n))
	}
	if s.Claim.PodUID == "" && s.Intent == nil {
		return nil
	}
	lost, err := Open(s)
	if err != nil {
		return err
	}
	results := make([]Result, 0, len(lost))
	for _, i := range lost {
		results = append(results, Result{
			Index: i, State: crier.DeliveryUnknown, At: now,
			Reply: crier.ShardReply{Cause: CauseSenderLost},
		})
	}
	if err := Settle(s, results); err != nil {
		return err
	}
	s.Claim = crier.ShardClaim{Epoch: s.Claim.Epoch + 1}
	s.Trouble = nil
	return nil
}
