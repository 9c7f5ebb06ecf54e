package sender

import (
	"context"
	"errors"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/delivery/ledger"
)

// visit looks at a shard and works on it if it is to be had. It says whether
// this pod is through with it. tail is closed some time before its end.
func (w *worker) visit(ctx context.Context, index int32, tail chan struct{}) (through bool, err error) {
	if err := w.settleJournal(ctx, index); err != nil {
		return false, err
	}
	shard, err := w.getShard(ctx, index)
	if err != nil {
		return false, err
	}
	work, err := ledger.HasWork(&shard.State, w.Pass)
	if err != nil {
		return false, fault{shardError(shard.Name, err)}
	}
	ours := shard.State.Claim.PodUID == w.Holder.PodUID
	switch holder := shard.State.Claim; {
	case !ours && !work:
		return true, nil
	case !ours && holder.PodUID != "":
		// Another worker's shard is left to it, or to the pod that comes after
		// it. One of an earlier pod in this one's place will be released.
		return holder.Worker != w.Holder.Worker, nil
	}
	j, err := w.take(ctx, shard)
	if err != nil || j == nil {
		return false, err
	}
	j.tail = tail
	err = j.run(ctx)
	j.journal.close()
	if errors.Is(err, errLost) {
		// Or given back, by a write whose answer was lost. Once the journal is
		// settled, nothing of it is open; until then the window is smaller.
		w.log.Warn("lost a shard", "shard", shard.Name)
		err = w.settleJournal(ctx, index)
		w.window.release(j)
		return false, err
	}
	w.window.release(j)
	if err != nil {
		return false, ofShard(shard.Name, "the shard", err)
	}
	return true, dropJournal(w.Files, shard.Name)
}

// getShard reads a shard and makes sure that it is the one that is meant.
func (w *worker) getShard(ctx context.Context, index int32) (shard *crier.DeliveryShard, err error) {
	name := w.shardName(index)
	err = w.insist(ctx, func(ctx context.Context) error {
		shard, err = w.read(ctx, index)
		return err
	})
	if err != nil {
		return nil, ofShard(name, "the shard", err)
	}
	if shard.Spec.Record != w.Record || shard.Spec.Attempt != w.Attempt || shard.Spec.Index != index {
		return nil, fault{shardError(name, errors.New("it belongs to another record, attempt or index"))}
	}
	return shard, nil
}

// settleJournal makes good what a journal of this pod knows better than its
// shard: what an earlier container left open in it, or what this one did
// before it lost the claim. It leaves no intent and no claim of this pod.
func (w *worker) settleJournal(ctx context.Context, index int32) error {
	name := w.shardName(index)
	entries, there, err := readJournal(w.Files, name)
	if err != nil {
		return shardError(name, err)
	}
	if !there {
		return nil
	}
	shard, err := w.getShard(ctx, index)
	if err != nil {
		return err
	}
	err = w.insist(ctx, func(ctx context.Context) error {
		next := shard.DeepCopy()
		changed, err := w.correct(&next.State, entries)
		if err != nil {
			return permanent{fault{shardError(name, err)}}
		}
		if !changed {
			return nil
		}
		_, err = w.update(ctx, next)
		if apierrors.IsConflict(err) {
			fresh, getErr := w.read(ctx, index)
			if getErr != nil {
				return getErr
			}
			shard = fresh
		}
		return err
	})
	if err != nil {
		return ofShard(name, "the shard", err)
	}
	return dropJournal(w.Files, name)
}

// correct says whether anything was to be corrected.
func (w *worker) correct(s *crier.DeliveryShardState, entries []ledger.Entry) (bool, error) {
	if s.Claim.PodUID != w.Holder.PodUID {
		return ledger.RecoverLate(s, entries, w.Boot)
	}
	if err := ledger.Recover(s, entries, w.Boot, time.Now()); err != nil {
		return false, err
	}
	return true, ledger.Surrender(s)
}

// forgetFieldOwners takes the record of who set which field off a shard. It has
// one writer at a time, which the claim says; to keep that record costs the API
// server a third of each write.
func forgetFieldOwners(shard *crier.DeliveryShard) {
	shard.ManagedFields = []metav1.ManagedFieldsEntry{{}}
}

// take claims a shard. What is open in it is this pod's, and there is no journal
// that knows of it: the machine has lost it, and so nobody knows what came of
// it. Nil if somebody else was faster.
func (w *worker) take(ctx context.Context, shard *crier.DeliveryShard) (*job, error) {
	secret, err := w.getSecret(ctx, shard.Spec.Secret)
	if err != nil {
		return nil, ofShard(shard.Name, "the Secret with its recipients", err)
	}
	if !w.marks.known.Load().Covers(shard.Spec.Index) {
		return nil, nil // its addresses are back, and it isn't known yet who of them is suppressed
	}
	recipients, err := readRecipients(secret, shard)
	if err != nil {
		return nil, fault{shardError(shard.Name, err)}
	}
	if err := w.stands(ctx, shard.Spec.Index); err != nil {
		return nil, err
	}
	now := time.Now()
	next := shard.DeepCopy()
	forgetFieldOwners(next)
	for _, step := range []func() error{
		func() error { return ledger.Recover(&next.State, nil, w.Boot, now) },
		func() error { return ledger.Bring(&next.State, w.Pass, w.now()) },
		func() error { return ledger.Claim(&next.State, w.Holder, now) },
	} {
		if err := step(); errors.Is(err, ledger.ErrPassOver) {
			return nil, shardError(shard.Name, err)
		} else if err != nil {
			return nil, fault{shardError(shard.Name, err)}
		}
	}
	limited, cancel := context.WithTimeout(ctx, w.Timing.Call)
	defer cancel()
	stored, err := w.update(limited, next)
	switch {
	case apierrors.IsNotFound(err):
		return nil, ofShard(shard.Name, "the shard", errGone)
	case errors.Is(err, ledger.ErrSetBack):
		return nil, err
	case apierrors.IsInvalid(err), apierrors.IsBadRequest(err):
		return nil, fault{shardError(shard.Name, err)}
	case err != nil:
		// Whatever happened, the next visit finds out.
		w.log.Info("a shard wasn't taken", "shard", shard.Name, "error", err.Error())
		return nil, nil
	}
	return w.newJob(stored, recipients, now)
}

// revokePast turns failures in a shard that this pod has given back into
// deferrals, unless somebody else works on it by now.
func (w *worker) revokePast(index int32, indexes []int) error {
	return w.insist(w.patient, func(ctx context.Context) error {
		shard, err := w.read(ctx, index)
		if err != nil {
			return err
		}
		if shard.State.Claim.PodUID != "" || shard.State.Pass != w.Pass.Number {
			return nil
		}
		changed, err := ledger.Revoke(&shard.State, indexes)
		if err != nil {
			return permanent{err}
		}
		if !changed {
			return nil
		}
		_, err = w.update(ctx, shard)
		return err
	})
}
