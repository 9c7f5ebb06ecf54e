package simulation

import (
	"context"
	"errors"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// caller is somebody who talks to the API server over a network that loses
// requests and answers.
type caller struct {
	w    *world
	name string
	*dice
	// gate is passed before a request leaves and after its answer came.
	gate func() error
	// cutOff says that nothing gets through between this caller and the server.
	cutOff func() bool
	// patience is how long a caller waits for an answer who sets no limit.
	patience time.Duration
	// trusty is a network without delay or loss.
	trusty bool
}

var errNetwork = errors.New("read tcp: connection reset by peer")

// troubles are the ways in which an API server fails. Some mean that nothing
// was done, some that nobody knows; the caller can't tell.
func (c *caller) trouble() error {
	switch c.n(4) {
	case 0:
		return apierrors.NewInternalError(errors.New("etcdserver: request timed out"))
	case 1:
		return apierrors.NewTimeoutError("the server was unable to return a response in the time allotted", 1)
	case 2:
		return apierrors.NewServiceUnavailable("apiserver is shutting down")
	}
	return errNetwork
}

type answer struct {
	obj client.Object
	err error
}

// do brings a request to the server and the answer back, or not. act may be
// carried out long after the caller has given up.
func (c *caller) do(ctx context.Context, what string, write bool, act func() (client.Object, error)) (client.Object, error) {
	if err := c.gate(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, c.patience)
	defer cancel()
	obj, err := c.trip(ctx, what, write, act)
	if gate := c.gate(); gate != nil {
		return nil, gate
	}
	return obj, err
}

func (c *caller) trip(ctx context.Context, what string, write bool, act func() (client.Object, error)) (client.Object, error) {
	if c.trusty {
		return act()
	}
	if c.w.outage() || c.cutOff() {
		sleep(ctx, of(c.dice, c.between(time.Millisecond, time.Second), c.between(time.Second, time.Minute)))
		return nil, errNetwork
	}
	quick := func() time.Duration { return c.between(500*time.Microsecond, 4*time.Millisecond) }
	if c.w.calm() || !c.chance(c.w.plan.apiFaults) {
		if !sleep(ctx, quick()) {
			return nil, ctx.Err()
		}
		obj, err := act()
		sleep(ctx, quick())
		return obj, err
	}
	slow := func() time.Duration { return c.between(100*time.Millisecond, 20*time.Second) }
	switch c.n(5) {
	case 0:
		c.w.tell(c.name, "%s: the request is lost", what)
		sleep(ctx, slow())
		return nil, c.trouble()
	case 1:
		c.w.tell(c.name, "%s: the answer is lost", what)
		sleep(ctx, quick())
		_, _ = act() // nobody learns what came of it
		sleep(ctx, slow())
		return nil, c.trouble()
	case 2:
		return c.delayed(ctx, what, act)
	case 3:
		if !write {
			break
		}
		// A proxy repeats a request whose answer it lost.
		sleep(ctx, quick())
		if _, err := act(); err != nil {
			return nil, err
		}
		c.w.tell(c.name, "%s: repeated on the way", what)
		return act()
	}
	c.w.tell(c.name, "%s: slow", what)
	if !sleep(ctx, slow()) {
		return nil, ctx.Err()
	}
	obj, err := act()
	if !sleep(ctx, slow()) {
		return nil, ctx.Err()
	}
	return obj, err
}

// delayed acts when the caller may have given up already.
func (c *caller) delayed(ctx context.Context, what string, act func() (client.Object, error)) (client.Object, error) {
	delay := c.between(time.Second, 45*time.Second)
	c.w.tell(c.name, "%s: acts in %v", what, delay)
	done := make(chan answer, 1)
	c.w.background.Go(func() {
		time.Sleep(delay)
		obj, err := act()
		done <- answer{obj, err}
	})
	select {
	case a := <-done:
		return a.obj, a.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
