package flow_test

import (
	"context"
	"errors"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"crier.dev/crier/internal/delivery/ledger"
)

type result = ledger.Result

var errKilled = errors.New("killed")

// broken is an API server that goes away at the n-th write, from 0: before
// it is done, or after, when its answer gets lost. Nothing is written later.
// It counts the writes that were tried.
type broken struct {
	at, writes int
	after      bool
}

func (b *broken) write(do func() error) error {
	n := b.writes
	b.writes++
	switch {
	case n < b.at:
		return do()
	case n == b.at && b.after:
		if err := do(); err != nil {
			return err
		}
	}
	return errKilled
}

// client fails as said. Reads work: what comes after them doesn't matter
// more than what comes after a write.
func (b *broken) client() client.WithWatch {
	return interceptor.NewClient(api, interceptor.Funcs{
		Create: func(ctx context.Context, c client.WithWatch, obj client.Object, o ...client.CreateOption) error {
			return b.write(func() error { return c.Create(ctx, obj, o...) })
		},
		Update: func(ctx context.Context, c client.WithWatch, obj client.Object, o ...client.UpdateOption) error {
			return b.write(func() error { return c.Update(ctx, obj, o...) })
		},
		Delete: func(ctx context.Context, c client.WithWatch, obj client.Object, o ...client.DeleteOption) error {
			return b.write(func() error { return c.Delete(ctx, obj, o...) })
		},
		Apply: func(ctx context.Context, c client.WithWatch, obj runtime.ApplyConfiguration, o ...client.ApplyOption) error {
			return b.write(func() error { return c.Apply(ctx, obj, o...) })
		},
		SubResourceApply: func(ctx context.Context, c client.Client, sub string, obj runtime.ApplyConfiguration, o ...client.SubResourceApplyOption) error {
			return b.write(func() error { return c.SubResource(sub).Apply(ctx, obj, o...) })
		},
	})
}

// ledgerBorn is an API server whose CRDs are that old.
func ledgerBorn(at time.Time) client.WithWatch {
	return interceptor.NewClient(api, interceptor.Funcs{
		Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, obj client.Object, o ...client.GetOption) error {
			err := c.Get(ctx, key, obj, o...)
			if strings.HasSuffix(key.Name, ".crier.dev") {
				obj.SetCreationTimestamp(metav1.NewTime(at))
			}
			return err
		},
	})
}
