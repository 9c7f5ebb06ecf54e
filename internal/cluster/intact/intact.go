// Package intact hands over no object that can't be decoded whole, and writes none.
package intact

import (
	"context"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"crier.dev/crier/internal/readable"
)

// Reader reads through another one. Get fails with a readable.Error for an object that
// can't be read, of which it gives what can be. List gives such objects beside
// the others: none of them is Ready, and readable.Check knows them.
func Reader(r client.Reader) client.Reader { return reader{r} }

type reader struct{ client.Reader }

func (r reader) Get(ctx context.Context, key client.ObjectKey, obj client.Object, options ...client.GetOption) error {
	if err := r.Reader.Get(ctx, key, obj, options...); err != nil {
		return err
	}
	return readable.Check(obj)
}

// Client is a Reader that writes as well, but no object that can't be read. Its
// status may be applied, and it may be deleted.
func Client(c client.Client) client.Client { return guarded{c} }

type guarded struct{ client.Client }

func (g guarded) Get(ctx context.Context, key client.ObjectKey, obj client.Object, options ...client.GetOption) error {
	return reader{g.Client}.Get(ctx, key, obj, options...)
}

func (g guarded) Create(ctx context.Context, obj client.Object, options ...client.CreateOption) error {
	return ifReadable(obj, func() error { return g.Client.Create(ctx, obj, options...) })
}

func (g guarded) Update(ctx context.Context, obj client.Object, options ...client.UpdateOption) error {
	return ifReadable(obj, func() error { return g.Client.Update(ctx, obj, options...) })
}

func (g guarded) Patch(ctx context.Context, obj client.Object, patch client.Patch, options ...client.PatchOption) error {
	return ifReadable(obj, func() error { return g.Client.Patch(ctx, obj, patch, options...) })
}

func ifReadable(obj client.Object, write func() error) error {
	if err := readable.Check(obj); err != nil {
		return err
	}
	return write()
}
