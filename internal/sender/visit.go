package sender

import (
	"context"
	"errors"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/ledger"
)

// visit looks at a shard and works on it if it is to be had. It says whether
// this pod is through with it. reading ends the reads, ctx the work; tail, if
// there is one, is closed when nobody is left to begin.
func (w *worker) visit(ctx, reading context.Context, index int32, tail chan struct{}) (through bool, err error) {
	name := w.shardName(index)
	shard, err := w.getShard(reading, name)
	if err != nil {
		return false, err
	}
	if shard.Spec.Record != w.Record || shard.Spec.Attempt != w.Attempt || shard.Spec.Index != index {
		return false, shardError(name, errors.New("it belongs to another record, attempt or index"))
	}
	entries, err := readJournal(w.Files, name)
	if err != nil {
		return false, shardError(name, err)
	}
	ours := shard.State.Claim.PodUID == w.Holder.PodUID
	if !ours && len(entries) > 0 {
		if shard, err = w.correct(reading, shard, entries); err != nil {
			return false, err
		}
		entries = nil
	}
	work, err := ledger.HasWork(&shard.State, w.Pass)
	if err != nil {
		return false, shardError(name, err)
	}
	switch holder := shard.State.Claim; {
	case !ours && !work:
		return true, nil
	case !ours && holder.PodUID != "":
		// Another worker's shard is left to it, or to the pod that comes after
		// it. One of an earlier pod in this one's place will be released.
		return holder.Worker != w.Holder.Worker, nil
	}
	j, err := w.take(reading, shard, entries)
	if err != nil || j == nil {
		return false, err
	}
	if tail != nil {
		j.tail = tail
	}
	err = j.run(ctx)
	j.journal.close()
	if errors.Is(err, errLost) {
		w.log.Warn("lost a shard", "shard", name)
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, dropJournal(w.Files, name)
}

func (w *worker) getShard(ctx context.Context, name string) (shard *crier.DeliveryShard, err error) {
	err = w.insist(ctx, func(ctx context.Context) error {
		shard, err = w.store.GetShard(ctx, name)
		return err
	})
	return shard, err
}

// correct makes good what an earlier container of this pod, or this one
// before it lost the claim, knows better than the shard.
func (w *worker) correct(ctx context.Context, shard *crier.DeliveryShard, entries []ledger.Entry) (*crier.DeliveryShard, error) {
	name := shard.Name
	err := w.insist(ctx, func(ctx context.Context) error {
		next := shard.DeepCopy()
		changed, err := ledger.RecoverLate(&next.State, entries)
		if err != nil {
			return permanent{shardError(name, err)}
		}
		if !changed {
			return nil
		}
		stored, err := w.store.UpdateShard(ctx, next)
		if err == nil {
			shard = stored
			return nil
		}
		if apierrors.IsConflict(err) {
			fresh, getErr := w.store.GetShard(ctx, name)
			if getErr != nil {
				return getErr
			}
			shard = fresh
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return shard, dropJournal(w.Files, name)
}

// forgetFieldOwners takes the record of who set which field off a shard. It has
// one writer at a time, which the claim says; to keep that record costs the API
// server a third of each write.
func forgetFieldOwners(shard *crier.DeliveryShard) {
	shard.ManagedFields = []metav1.ManagedFieldsEntry{{}}
}

// take claims a shard, after recovering what an earlier container of this pod
// left open in it. Nil if somebody else was faster.
func (w *worker) take(ctx context.Context, shard *crier.DeliveryShard, entries []ledger.Entry) (*job, error) {
	secret, err := w.getSecret(ctx, shard.Spec.Secret)
	if err != nil {
		return nil, err
	}
	recipients, err := readRecipients(secret, shard)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	next := shard.DeepCopy()
	forgetFieldOwners(next)
	for _, step := range []func() error{
		func() error { return ledger.Recover(&next.State, entries, now) },
		func() error { return ledger.Bring(&next.State, w.Pass, now) },
		func() error { return ledger.Claim(&next.State, w.Holder, now) },
	} {
		if err := step(); err != nil {
			return nil, shardError(shard.Name, err)
		}
	}
	limited, cancel := context.WithTimeout(ctx, w.Timing.Call)
	defer cancel()
	stored, err := w.store.UpdateShard(limited, next)
	switch {
	case apierrors.IsNotFound(err):
		return nil, errGone
	case apierrors.IsInvalid(err), apierrors.IsBadRequest(err):
		return nil, shardError(shard.Name, err)
	case err != nil:
		// Whatever happened, the next visit finds out.
		w.log.Info("a shard wasn't taken", "shard", shard.Name, "error", err.Error())
		return nil, nil
	}
	if len(entries) > 0 {
		if err := dropJournal(w.Files, shard.Name); err != nil {
			return nil, err
		}
	}
	return w.newJob(stored, recipients, now)
}

// revokePast turns failures in a shard that this pod has given back into
// deferrals, unless somebody else works on it by now.
func (w *worker) revokePast(index int32, indexes []int) error {
	return w.insist(w.patient, func(ctx context.Context) error {
		shard, err := w.store.GetShard(ctx, w.shardName(index))
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
		_, err = w.store.UpdateShard(ctx, shard)
		return err
	})
}
