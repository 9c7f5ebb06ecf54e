package simulation

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"

	"crier.dev/crier/internal/delivery/sender"
	"crier.dev/crier/internal/testing/memconn"
)

var errDead = errors.New("this process is dead")

// container is one process of a sender pod. When it dies, nothing that it
// does has any effect any more; while it is frozen, everything waits.
type container struct {
	pod    *pod
	name   string
	dice   *dice
	begun  time.Time
	stop   context.CancelFunc // SIGTERM
	dead   chan struct{}
	ended  chan struct{} // closed when Run has returned
	result error

	mu     sync.Mutex
	thaw   chan struct{} // not nil while it is frozen
	links  []*memconn.Conn
	wakes  []wake
	killed bool
}

// wake is a time at which a frozen container went on.
type wake struct {
	frozen, at time.Time
	accepted   int  // messages that were taken of it after that
	closed     bool // it has looked at its claim again
}

// gate waits while the container is frozen.
func (c *container) gate() error {
	for {
		c.mu.Lock()
		killed, thaw := c.killed, c.thaw
		c.mu.Unlock()
		switch {
		case killed:
			return errDead
		case thaw == nil:
			return nil
		}
		select {
		case <-thaw:
		case <-c.dead:
		}
	}
}

// step is the gate of an effect: a crash may come right before it.
func (c *container) step() error {
	if w := c.pod.w; !w.calm() && c.dice.chance(w.plan.crashes) && w.spend(&w.crashesLeft) {
		c.kill("crashes")
	}
	return c.gate()
}

// kill ends the process at once. Its kernel closes the connections.
func (c *container) kill(why string) {
	c.mu.Lock()
	if c.killed {
		c.mu.Unlock()
		return
	}
	c.killed = true
	links := c.links
	close(c.dead)
	c.mu.Unlock()
	w := c.pod.w
	c.pod.hurts()
	w.tell(c.name, "%s with %d connections", why, w.relay.openOf(c))
	w.crashed(c)
	c.stop()
	for _, l := range links {
		_ = l.Close() // may be closed already
	}
}

func (c *container) freeze() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.thaw == nil && !c.killed {
		c.thaw = make(chan struct{})
		c.wakes = append(c.wakes, wake{frozen: time.Now()})
	}
}

func (c *container) wake() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.thaw != nil {
		c.wakes[len(c.wakes)-1].at = time.Now()
		close(c.thaw)
		c.thaw = nil
	}
}

// renewed notes a write to the ledger that was begun at a time.
func (c *container) renewed(began time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := len(c.wakes); n > 0 && !c.wakes[n-1].at.IsZero() && began.After(c.wakes[n-1].at) {
		c.wakes[n-1].closed = true
	}
}

func (c *container) frozen() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.thaw != nil
}

// alive says whether the process is there and not frozen.
func (c *container) alive() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.killed && c.thaw == nil
}

// over says whether the process is gone.
func (c *container) over() bool {
	select {
	case <-c.dead:
		return true
	case <-c.ended:
		return true
	default:
		return false
	}
}

// dial opens a connection to the relay.
func (c *container) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	if err := c.step(); err != nil {
		return nil, err
	}
	l, err := c.pod.w.relay.accept(ctx, c)
	if gate := c.gate(); gate != nil {
		if l != nil {
			_ = l.Close()
		}
		return nil, gate
	}
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	c.links = append(c.links, l)
	killed := c.killed
	c.mu.Unlock()
	if killed {
		_ = l.Close()
	}
	return l, nil
}

// run starts the process.
func (c *container) run(options sender.Options) {
	ctx, stop := context.WithCancel(context.Background())
	c.stop = stop
	w := c.pod.w
	options.Dial, options.Files = c.dial, disk{c}
	options.Uptime, options.Boot = c.pod.uptime, c.pod.boot()
	store := podStore{c: c, caller: &caller{
		w: w, name: c.name, dice: newDice(w.seed, c.name+" api"), gate: c.step, cutOff: c.pod.isCutOff, patience: time.Minute,
	}}
	log := slog.New(slog.NewTextHandler(teller{c}, &slog.HandlerOptions{ReplaceAttr: timeless}))
	w.background.Go(func() {
		defer close(c.ended)
		defer stop()
		c.result = sender.Run(ctx, store, options, log)
	})
}

// timeless leaves the time out of what is logged: the story has its own.
func timeless(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}

// teller puts what a sender logs into the story.
type teller struct{ c *container }

func (t teller) Write(p []byte) (int, error) {
	w := t.c.pod.w
	line := strings.TrimSpace(string(p))
	w.tell(t.c.name, "log: %s", line)
	if strings.Contains(line, "@") {
		w.wrong("an address was logged: %s", line)
	}
	return len(p), nil
}

// disk is the pod's disk as one of its containers sees it.
type disk struct{ c *container }

type appender struct {
	disk
	name string
}

func (d disk) Append(name string) (io.WriteCloser, error) {
	if err := d.c.step(); err != nil {
		return nil, err
	}
	d.c.pod.change(name, func(old []byte) []byte { return append([]byte{}, old...) })
	return &appender{d, name}, nil
}

// Write may be torn by a crash.
func (a *appender) Write(p []byte) (int, error) {
	if err := a.c.gate(); err != nil {
		return 0, err
	}
	w, whole := a.c.pod.w, len(p)
	if !w.calm() && a.c.dice.chance(w.plan.crashes) && w.spend(&w.crashesLeft) {
		p = p[:a.c.dice.n(len(p)+1)]
		a.c.pod.change(a.name, func(old []byte) []byte { return append(old, p...) })
		a.c.kill("crashes in a write to its journal")
		return 0, errDead
	}
	a.c.pod.change(a.name, func(old []byte) []byte { return append(old, p...) })
	if err := a.c.step(); err != nil {
		return 0, err
	}
	return whole, nil
}

func (a *appender) Close() error { return nil }

func (d disk) Read(name string) ([]byte, error) {
	if err := d.c.step(); err != nil {
		return nil, err
	}
	data, ok := d.c.pod.file(name)
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return bytes.Clone(data), nil
}

func (d disk) Write(name string, data []byte) error {
	if err := d.c.step(); err != nil {
		return err
	}
	d.c.pod.change(name, func([]byte) []byte { return bytes.Clone(data) })
	return d.c.step()
}

func (d disk) Remove(name string) error {
	if err := d.c.step(); err != nil {
		return err
	}
	if _, ok := d.c.pod.file(name); !ok {
		return &fs.PathError{Op: "remove", Path: name, Err: fs.ErrNotExist}
	}
	d.c.pod.change(name, func([]byte) []byte { return nil })
	return d.c.step()
}
