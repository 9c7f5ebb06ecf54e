// Package proxy makes a relay on loopback as far away as one in another city:
// every octet takes half a round trip in each direction, whatever the rate.
package proxy

import (
	"context"
	"errors"
	"net"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// chunk is how much is read at a time, in octets, and queue how many chunks
// may be on their way in one direction: 16 MiB, far more than a connection of
// a measurement has in flight, so that only time is limited.
const (
	chunk = 32 << 10
	queue = 512
)

// Serve passes connections that l accepts on to the address, each octet delay
// later, until ctx ends.
func Serve(ctx context.Context, l net.Listener, to string, delay time.Duration) error {
	stop := context.AfterFunc(ctx, func() { l.Close() })
	defer stop()
	var group sync.WaitGroup
	defer group.Wait()
	for {
		near, err := l.Accept()
		if ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		group.Go(func() { pass(ctx, near, to, delay) })
	}
}

// pass carries one connection. The handshake takes a round trip too: the
// greeting comes only when the far side could have answered.
func pass(ctx context.Context, near net.Conn, to string, delay time.Duration) {
	defer near.Close()
	time.Sleep(delay)
	far, err := (&net.Dialer{}).DialContext(ctx, "tcp", to)
	if err != nil {
		return
	}
	defer far.Close()
	stop := context.AfterFunc(ctx, func() { near.Close(); far.Close() })
	defer stop()
	var both sync.WaitGroup
	both.Go(func() { oneWay(far, near, delay) })
	both.Go(func() { oneWay(near, far, delay) })
	both.Wait()
}

// await returns at a time, to some tens of microseconds: Go's own timers wake
// up to a millisecond late, which eight half round trips of a message would
// add up. It keeps a thread, for which Ready has made room.
func await(due time.Time) {
	for left := time.Until(due); left > 0; left = time.Until(due) {
		span := syscall.NsecToTimespec(int64(left))
		_ = syscall.Nanosleep(&span, nil) // a signal wakes it early
	}
}

// Ready prepares this process for a number of connections at a time.
func Ready(connections int) { runtime.GOMAXPROCS(runtime.NumCPU() + 2*connections) }

type parcel struct {
	data []byte
	due  time.Time
}

// oneWay copies from one side to the other, each parcel when it is due, and
// then the end.
func oneWay(to, from net.Conn, delay time.Duration) {
	parcels := make(chan parcel, queue)
	go func() {
		defer close(parcels)
		for {
			data := make([]byte, chunk)
			n, err := from.Read(data)
			if n > 0 {
				parcels <- parcel{data[:n], time.Now().Add(delay)}
			}
			if err != nil {
				parcels <- parcel{nil, time.Now().Add(delay)}
				return
			}
		}
	}()
	broken := false
	for p := range parcels {
		await(p.due)
		if !broken && p.data != nil {
			_, err := to.Write(p.data)
			broken = err != nil
		}
	}
	if half, ok := to.(interface{ CloseWrite() error }); ok && !broken {
		_ = half.CloseWrite() // the other side sees the end, or has gone
		return
	}
	from.Close()
}
