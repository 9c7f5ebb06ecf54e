package transport

import (
	"context"
	"net"
	"sync"
)

// leash lets a context close a connection while it is held, and at no other time. It stays tied to
// the context between transactions, since tying it anew for each one would cost more than a reply.
type leash struct {
	link net.Conn
	free func() bool

	mu   sync.Mutex
	done <-chan struct{} // of the context that it is tied to
	held bool
}

// hold begins a stretch in which cancelling ctx closes the connection. It is false if ctx is over.
func (l *leash) hold(ctx context.Context) bool {
	done := ctx.Done()
	if done != l.done {
		l.drop()
		if done != nil {
			l.free = context.AfterFunc(ctx, func() { l.pull(done) })
		}
	}
	l.set(done, true)
	return ctx.Err() == nil
}

// release ends the stretch. It is false if ctx ended before; if it is true, the connection is safe
// from ctx until the next hold.
func (l *leash) release(ctx context.Context) bool {
	l.set(ctx.Done(), false)
	return ctx.Err() == nil
}

// drop unties the leash.
func (l *leash) drop() {
	if l.free != nil {
		l.free()
	}
	l.free = nil
	l.set(nil, false)
}

// pull may come late, when the leash has been tied to another context.
func (l *leash) pull(done <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held && l.done == done {
		_ = l.link.Close()
	}
}

func (l *leash) set(done <-chan struct{}, held bool) {
	l.mu.Lock()
	l.done, l.held = done, held
	l.mu.Unlock()
}
