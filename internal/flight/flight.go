// Package flight does work a few pieces at a time, such as writes to an API
// server, which would otherwise wait for us most of the time.
package flight

import (
	"context"
	"sync"
)

// Flight is work of which a few pieces are under way at once.
type Flight struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	slots  chan struct{}
	group  sync.WaitGroup
}

// New begins work of n pieces at a time, n >= 1. Wait must be called.
func New(ctx context.Context, n int) *Flight {
	f := &Flight{slots: make(chan struct{}, n)}
	f.ctx, f.cancel = context.WithCancelCause(ctx)
	return f
}

// Do starts a piece as soon as there is room for it. After the first error of
// a piece, or the end of the context, nothing is started any more, and Do
// returns that error.
func (f *Flight) Do(piece func(context.Context) error) error {
	select {
	case f.slots <- struct{}{}:
	case <-f.ctx.Done():
		return context.Cause(f.ctx)
	}
	if f.ctx.Err() != nil { // select chooses at random
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

// Wait waits for all pieces that were started, and returns the first error.
func (f *Flight) Wait() error {
	f.group.Wait()
	err := context.Cause(f.ctx)
	f.cancel(nil)
	return err
}
