package sender

import (
	"context"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/delivery/ledger"
	"crier.dev/crier/internal/readable"
)

// errTwin is about a machine that was set back to a snapshot, or copied: what it
// has since done, or its twin does, this pod doesn't know.
var errTwin = fmt.Errorf("%w, or this pod was: somebody else writes under its claim", ledger.ErrSetBack)

// write changes the shard for as long as the claim is ours, and tries again
// while the API server is away. change must be one that may be made twice:
// when an answer is lost, nobody knows whether it was.
func (j *job) write(change func(*crier.DeliveryShardState) error) error {
	base := j.state()
	epoch := j.epoch
	err := j.w.insist(j.w.patient, func(ctx context.Context) error {
		next := base.DeepCopy()
		now := time.Now()
		ledger.Renew(&next.State, now)
		kept, _ := j.w.allowance.keeps()
		next.State.Claim.Grant = kept
		if err := change(&next.State); err != nil {
			return permanent{err}
		}
		j.tried = max(j.tried, next.State.Sequence+1)
		stored, err := j.w.update(ctx, next)
		if err == nil {
			j.wrote(stored, now, kept)
			return nil
		}
		if !apierrors.IsConflict(err) {
			return err
		}
		fresh, getErr := j.w.read(ctx, j.index)
		if getErr != nil {
			return getErr
		}
		if !ledger.Holds(&fresh.State, j.w.Holder, epoch) {
			return permanent{errLost}
		}
		if fresh.State.Sequence > j.tried {
			return permanent{j.w.foundSetBack(shardError(base.Name, errTwin))}
		}
		base = fresh
		return err
	})
	if errors.Is(err, errLost) || errors.Is(err, errGone) {
		j.mu.Lock()
		j.lost = true
		j.mu.Unlock()
	}
	return err
}

func (j *job) wrote(stored *crier.DeliveryShard, began time.Time, kept int64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.shard, j.written, j.ahead, j.kept, j.shown = stored, began, j.w.ahead(), kept, ""
	if stored.State.Trouble != nil {
		j.shown = stored.State.Trouble.Cause
	}
}

// permanent marks an error that trying again won't mend.
type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// insist calls the API until it answers. An object that is gone is errGone; a
// request that the server won't take is an error. So is one that isn't allowed
// for as long as a lease: the rights of a new pod take a moment to arrive. A pod
// whose account was deleted with its record is nobody to the server
// (Unauthorized), and would try for as long as its grace period lasts.
func (w *worker) insist(ctx context.Context, call func(context.Context) error) error {
	wait := backoff{min: w.Timing.APIMin, max: w.Timing.APIMax}
	var forbiddenSince time.Time
	for {
		limited, cancel := context.WithTimeout(ctx, w.Timing.Call)
		err := call(limited)
		cancel()
		var final permanent
		switch {
		case err == nil:
			return nil
		case errors.As(err, &final):
			return final.error
		case apierrors.IsNotFound(err):
			return errGone
		case readable.Is(err): // what a part of it says isn't known: others are sent to
			return err
		case apierrors.IsInvalid(err), apierrors.IsRequestEntityTooLargeError(err), apierrors.IsBadRequest(err):
			return err
		case apierrors.IsForbidden(err), apierrors.IsUnauthorized(err):
			if forbiddenSince.IsZero() {
				forbiddenSince = time.Now()
			}
			if time.Since(forbiddenSince) > w.Timing.Lease {
				return err
			}
		default:
			forbiddenSince = time.Time{}
		}
		if ctx.Err() != nil {
			return fmt.Errorf("the API server didn't answer in time: %w", err)
		}
		if !apierrors.IsConflict(err) {
			w.log.Warn("the API server is in trouble", "error", err.Error())
			sleep(ctx, wait.next())
		}
	}
}

// sleep waits, but not for longer than ctx lasts.
func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
