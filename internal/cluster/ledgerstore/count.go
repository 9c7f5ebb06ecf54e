package ledgerstore

import (
	"context"

	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
)

// Counting is the door through which the manager writes records and shards: a
// client that counts each write in the sequence of the state, so that one that
// is set back is known (see ledger.Forward). Other objects go through it as they
// are. A Patch isn't counted: states are never patched.
func Counting(c client.Client) client.Client { return counting{c} }

type counting struct{ client.Client }

func (c counting) Create(ctx context.Context, obj client.Object, options ...client.CreateOption) error {
	return count(obj, func() error { return c.Client.Create(ctx, obj, options...) })
}

func (c counting) Update(ctx context.Context, obj client.Object, options ...client.UpdateOption) error {
	return count(obj, func() error { return c.Client.Update(ctx, obj, options...) })
}

// count raises the sequence of the object's state for a write. One that failed
// leaves it as it was.
func count(obj client.Object, write func() error) error {
	var sequence *int64
	switch o := obj.(type) {
	case *crier.DeliveryRecord:
		sequence = &o.State.Sequence
	case *crier.DeliveryShard:
		sequence = &o.State.Sequence
	default:
		return write()
	}
	was := *sequence
	*sequence = was + 1
	err := write()
	if err != nil {
		*sequence = was
	}
	return err
}
