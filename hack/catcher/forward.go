package main

import (
	"context"
	"log"
	"net/smtp"
	"sync/atomic"
	"time"

	"crier.dev/crier/internal/testing/smtptest"
)

// forwarder copies accepted messages to another server, for people to look at. It never holds up
// the catcher: what doesn't fit into the queue is dropped and counted.
type forwarder struct {
	to      string
	queue   chan smtptest.Message
	dropped atomic.Int64
}

// queueLength bounds what waits: whole messages in memory, so some 100 MB of usual ones.
const queueLength = 20_000

func newForwarder(to string) *forwarder {
	return &forwarder{to: to, queue: make(chan smtptest.Message, queueLength)}
}

func (f *forwarder) offer(m smtptest.Message) {
	select {
	case f.queue <- m:
	default:
		if n := f.dropped.Add(1); n == 1 || n%1000 == 0 {
			log.Printf("%d copies dropped: the queue to %s is full", n, f.to)
		}
	}
}

// run sends until ctx ends. Each message gets three tries a second apart: the other server may
// still be starting.
func (f *forwarder) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case m := <-f.queue:
			f.send(ctx, m)
		}
	}
}

func (f *forwarder) send(ctx context.Context, m smtptest.Message) {
	var err error
	for range 3 {
		if err = smtp.SendMail(f.to, nil, m.From, m.To, m.Data); err == nil {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Second):
		}
	}
	log.Printf("copy of message %d to %s failed: %T", m.ID, f.to, err)
}
