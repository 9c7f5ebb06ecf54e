package ledgerstore

import (
	"context"
	"sync"
)

// flight is work of which a few pieces are done at a time.
type flight struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	slots  chan struct{}
	group  sync.WaitGroup
}

// inParallel begins work that does n pieces at a time. wait must be called.
func inParallel(ctx context.Context, n int) *flight {
	f := &flight{slots: make(chan struct{}, n)}
	f.ctx, f.cancel = context.WithCancelCause(ctx)
	return f
}

// do starts a piece as soon as there is a slot for it. Its error, or that of
// the context, ends the whole; after that nothing is started any more.
func (f *flight) do(piece func(context.Context) error) error {
	select {
	case f.slots <- struct{}{}:
	case <-f.ctx.Done():
		return context.Cause(f.ctx)
	}
	if f.ctx.Err() != nil {
		<-f.slots
		return context.Cause(f.ctx)
	}
	f.group.Go(func() {
		defer func() { <-f.slots }()
		if err := piece(f.ctx); err != nil {
			f.cancel(err)
		}
	})
	return nil
}

// wait waits for all pieces that were started, and returns the first error.
func (f *flight) wait() error {
	f.group.Wait()
	err := context.Cause(f.ctx)
	f.cancel(nil)
	return err
}
