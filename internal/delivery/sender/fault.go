package sender

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"crier.dev/crier/internal/delivery/handout"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/readable"
)

// fault is an error of one shard alone: its object or its recipients are gone, or
// can't be read. It keeps nobody else from the message: the pod goes on with
// the other shards, and then ends with it.
type fault struct{ error }

func (f fault) Unwrap() error { return f.error }

// ofShard says of an error that a read of a shard's objects ended with that it
// is a fault, if it is one.
func ofShard(name, what string, err error) error {
	switch {
	case errors.Is(err, errGone):
		return fault{shardError(name, fmt.Errorf("%s is gone", what))}
	case readable.Is(err):
		return fault{shardError(name, err)}
	}
	return err
}

// noteFault keeps the fault of a shard. It says whether the error is one.
func (w *worker) noteFault(index int32, err error) bool {
	var f fault
	if !errors.As(err, &f) {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.faults[index] == nil {
		w.log.Error("a shard can't be worked on; the others are", "error", f.Error())
	}
	w.faults[index] = f
	return true
}

// faulty is the error of all shards that couldn't be worked on; nil if there is
// none.
func (w *worker) faulty() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []error
	for _, index := range slices.Sorted(maps.Keys(w.faults)) {
		all = append(all, w.faults[index])
	}
	return errors.Join(all...)
}

// unlessWithdrawn is an error about something that is missing, unless nothing
// may be sent any more: then it may be missing because its record is being
// deleted.
func (w *worker) unlessWithdrawn(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	allowed := true
	asked := w.insist(ctx, func(ctx context.Context) error {
		secret, err := w.store.GetSecret(ctx, names.HandoutSecretName(w.Record, w.Attempt))
		if apierrors.IsNotFound(err) {
			allowed = false
			return nil
		}
		if err != nil {
			return err
		}
		relay, err := handout.Decode(secret.Data[names.HandoutKey])
		allowed = relay.Allowed || err != nil
		return nil
	})
	if asked == nil && !allowed {
		return errWithdrawn
	}
	return err
}
