package simulation

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"crier.dev/crier/internal/testing/memconn"
)

// relay is the server that takes the mail, and knows the truth.
type relay struct {
	w *world
	*dice

	mu       sync.Mutex
	people   map[string]*person
	sessions []*session
	made     int
	most     int // connections at a time
	// silent counts the messages that were ended and whose reply may never
	// have come.
	silent   int
	accepted []delivery
	refused  int // RCPTs that were refused while everybody was denied
}

// person is a recipient and what the relay does about him.
type person struct {
	address string
	shard   int
	index   int
	fate    fate
	first   time.Time // when the relay first heard of him
	tries   int

	deliveries []delivery
	// bodies are the messages that were shown to the relay, by generation.
	bodies map[int32]*body
	// licences to get the message once more, because somebody asked for it.
	licences []licence
	// left is when he was suppressed, and told when senders could know.
	left, told time.Time
}

type body struct{ id, date, text string }

type licence struct {
	generation int32
	at         time.Time
}

// delivery is a message that the relay took.
type delivery struct {
	at         time.Time
	by         *container
	generation int32
	address    string
}

// fate is what a relay does about one recipient.
type fate string

const (
	fine       fate = "fine"
	nobody     fate = "550 5.1.1 No such user"
	full       fate = "552 5.2.2 Mailbox full"
	busy       fate = "450 4.2.1 Busy"
	spam       fate = "550 5.7.1 Looks like spam"
	greylisted fate = "451 4.7.1 Greylisted"
	poison     fate = "kills the connection in the body"
	mute       fate = "takes the message and hangs up without a word"
	dropped    fate = "hangs up after the dot and takes nothing"
)

// down says how the relay is away now, if it is.
func (r *relay) down() string {
	for _, o := range r.w.plan.relayOutages {
		if o.covers(r.w.now()) {
			return o.how
		}
	}
	return ""
}

// accept is the relay's side of a dial.
func (r *relay) accept(ctx context.Context, c *container) (*memconn.Conn, error) {
	how := r.down()
	if how == "black hole" {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if !sleep(ctx, r.between(200*time.Microsecond, 3*time.Millisecond)) {
		return nil, ctx.Err()
	}
	if how == "refused" {
		return nil, syscall.ECONNREFUSED
	}
	window := of(r.dice, 64<<10, 64<<10, 300, 2000)
	near, far := memconn.New(window, c.step)
	s := &session{relay: r, link: far, near: near, from: c, window: window}
	r.mu.Lock()
	r.made++
	s.name = fmt.Sprintf("conn%d(%s)", r.made, c.name)
	s.dice = newDice(r.w.seed, fmt.Sprintf("conn%d", r.made))
	r.sessions = append(slices.DeleteFunc(r.sessions, (*session).gone), s)
	open, names := 0, ""
	for _, other := range r.sessions {
		if other.from.alive() && !other.from.over() {
			open++
			names += " " + other.name
		}
	}
	r.most = max(r.most, open)
	r.mu.Unlock()
	if limit := int(r.w.plan.maxConnections); open > limit {
		r.w.wrong("%d connections are open, the limit is %d:%s", open, limit, names)
	}
	r.w.background.Go(s.serve)
	return near, nil
}

// gone says whether either side has closed the connection.
func (s *session) gone() bool { return s.near.IsClosed() || s.link.IsClosed() }

func (r *relay) openOf(c *container) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for _, s := range r.sessions {
		if s.from == c && !s.gone() {
			n++
		}
	}
	return n
}

func (r *relay) person(address string) *person {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.people[strings.ToLower(address)]
}

// mayBeSilent notes messages whose reply may not come.
func (r *relay) mayBeSilent(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.silent += n
}

// take accepts a message.
func (r *relay) take(p *person, by *container) {
	generation := by.pod.generation()
	d := delivery{at: r.w.now(), by: by, generation: generation, address: p.address}
	r.mu.Lock()
	p.deliveries = append(p.deliveries, d)
	r.accepted = append(r.accepted, d)
	r.mu.Unlock()
	by.mu.Lock()
	if n := len(by.wakes); n > 0 && !by.wakes[n-1].at.IsZero() && !by.wakes[n-1].closed {
		by.wakes[n-1].accepted++
	}
	by.mu.Unlock()
}

// shown checks that a message is the one that was shown before: nothing of
// it may change from try to try.
func (r *relay) shown(p *person, by *container, text string) {
	header, _, _ := strings.Cut(text, "\r\n\r\n")
	b := &body{text: text}
	for line := range strings.SplitSeq(header, "\r\n") {
		if name, value, ok := strings.Cut(line, ": "); ok {
			switch strings.ToLower(name) {
			case "message-id":
				b.id = value
			case "date":
				b.date = value
			}
		}
	}
	if !strings.Contains(text, "for "+p.address) {
		r.w.wrong("%s got a message that isn't for him", p.address)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	generation := by.pod.generation()
	for g, other := range p.bodies {
		if g == generation && *other != *b {
			r.w.wrong("%s was shown another message in the same generation: %s of %s, then %s of %s",
				p.address, other.id, other.date, b.id, b.date)
		}
		if g != generation && other.id == b.id {
			r.w.wrong("%s was shown %s in generations %d and %d", p.address, b.id, g, generation)
		}
	}
	p.bodies[generation] = b
}
