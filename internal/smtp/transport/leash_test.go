package transport

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"crier.dev/crier/internal/smtp/outcome"
	"crier.dev/crier/internal/testing/smtptest"
)

// A context that ended in peace has no hold on what is sent under another one.
func TestContextsFollowEachOther(t *testing.T) {
	s := smtptest.Start(t, smtptest.Script{})
	c := mustDial(t, plainConfig(s))
	for i := range 300 {
		ctx, cancel := context.WithCancel(t.Context())
		if got := c.Send(ctx, one(toB, letter, proceed), nil); outcome.Classify(got).State != outcome.Accepted {
			t.Fatalf("%d: %+v", i, got)
		}
		cancel() // it may take effect while the next is under way
	}
	if st := s.Stats(); st.Connections != 1 {
		t.Errorf("stats %+v", st)
	}
}

func TestLeash(t *testing.T) {
	closed := func(c net.Conn) bool {
		_ = c.SetReadDeadline(time.Now().Add(time.Second))
		_, err := c.Read(make([]byte, 1))
		return err != nil && !isTimeout(err)
	}
	for name, test := range map[string]struct {
		run  func(*leash, context.Context)
		want bool
	}{
		"held":      {func(l *leash, ctx context.Context) { l.hold(ctx) }, true},
		"held anew": {func(l *leash, ctx context.Context) { l.hold(ctx); l.release(ctx); l.hold(ctx) }, true},
		"released":  {func(l *leash, ctx context.Context) { l.hold(ctx); l.release(ctx) }, false},
		"dropped":   {func(l *leash, ctx context.Context) { l.hold(ctx); l.drop() }, false},
		"another":   {func(l *leash, ctx context.Context) { l.hold(ctx); l.hold(context.Background()) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ours, theirs := net.Pipe()
			defer theirs.Close()
			l := leash{link: ours}
			ctx, cancel := context.WithCancel(t.Context())
			test.run(&l, ctx)
			cancel()
			if got := closed(theirs); got != test.want {
				t.Errorf("closed %t", got)
			}
			if l.hold(ctx) {
				t.Error("held by a context that is over")
			}
		})
	}
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}
