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
	done <-chan struct{} // of the context that it is tied to
	free func() bool

	mu   sync.Mutex
	held bool
}

// hold begins a stretch in which cancelling ctx closes the connection. It is false if ctx is over.
func (l *leash) hold(ctx context.Context) bool {
	if done := ctx.Done(); done != l.done {
		l.drop()
		l.done = done
		if done != nil {
			l.free = context.AfterFunc(ctx, l.pull)
		}
	}
	l.set(true)
	return ctx.Err() == nil
}

// release ends the stretch. It is false if ctx ended before; if it is true, the connection is safe
// from ctx until the next hold.
func (l *leash) release(ctx context.Context) bool {
	l.set(false)
	return ctx.Err() == nil
}

// drop unties the leash.
func (l *leash) drop() {
	if l.free != nil {
		l.free()
	}
	l.done, l.free = nil, nil
}

func (l *leash) pull() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held {
		_ = l.link.Close()
	}
}

func (l *leash) set(held bool) {
	l.mu.Lock()
	l.held = held
	l.mu.Unlock()
}
