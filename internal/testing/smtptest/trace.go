package smtptest

import (
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Transaction is one that came as far as 354, from there to its end.
type Transaction struct {
	Connection int       `json:"connection"` // Link.ID
	Recipients []string  `json:"recipients"`
	Begun      time.Time `json:"begun"`          // 354 went out
	Dot        time.Time `json:"dot,omitzero"`   // the final dot was read; zero if it never was
	Ended      time.Time `json:"ended,omitzero"` // the reply was given or the connection lost; zero while neither
	Code       int       `json:"code,omitempty"` // of the reply to the dot; 0 if none was given
	Stored     bool      `json:"stored,omitempty"`
}

// Accepted says whether the client was told that the message was taken.
func (t Transaction) Accepted() bool { return t.Stored && t.Code/100 == 2 }

// Open says whether the transaction was under way at a time, give or take the tolerance: begun,
// and without a reply. What the server read late, because it was busy, needs the tolerance.
func (t Transaction) Open(at time.Time, tolerance time.Duration) bool {
	return !t.Begun.After(at.Add(tolerance)) && (t.Ended.IsZero() || !t.Ended.Before(at.Add(-tolerance)))
}

// Link is one connection.
type Link struct {
	ID     int       `json:"id"`     // from 1
	Remote string    `json:"remote"` // IP address of the client
	Opened time.Time `json:"opened"`
	Closed time.Time `json:"closed,omitzero"` // zero while open
}

// Trace tells what happened when, by the server's clock.
type Trace struct {
	Links        []Link        `json:"links"`
	Transactions []Transaction `json:"transactions"` // in order of their 354
}

// From is how many messages came from an address.
func (t Trace) From(address string) int {
	of := map[int]bool{}
	for _, l := range t.Links {
		of[l.ID] = l.Remote == address
	}
	n := 0
	for _, x := range t.Transactions {
		if of[x.Connection] {
			n++
		}
	}
	return n
}

// step is a connection that came or went.
type step struct {
	at time.Time
	by int
}

// MostOpen is the largest number of connections that were open at one time, without those from
// the addresses that are left out.
func (t Trace) MostOpen(without ...string) int {
	open, most := 0, 0
	for _, s := range t.steps(without) {
		open += s.by
		most = max(most, open)
	}
	return most
}

// Beyond is for how long in all more connections than limit were open, without those from the
// addresses that are left out.
func (t Trace) Beyond(limit int, without ...string) time.Duration {
	open, beyond, last := 0, time.Duration(0), time.Time{}
	for _, s := range t.steps(without) {
		if open > limit {
			beyond += s.at.Sub(last)
		}
		open, last = open+s.by, s.at
	}
	return beyond
}

func (t Trace) steps(without []string) []step {
	var steps []step
	for _, l := range t.Links {
		if slices.Contains(without, l.Remote) {
			continue
		}
		steps = append(steps, step{l.Opened, 1})
		if !l.Closed.IsZero() {
			steps = append(steps, step{l.Closed, -1})
		}
	}
	slices.SortFunc(steps, func(a, b step) int {
		if c := a.at.Compare(b.at); c != 0 {
			return c
		}
		return a.by - b.by // at the same instant one goes before another comes
	})
	return steps
}

// MostAccepted is the largest number of acceptances in any window of that length.
func (t Trace) MostAccepted(window time.Duration) int {
	var times []time.Time
	for _, x := range t.Transactions {
		if x.Accepted() {
			times = append(times, x.Ended)
		}
	}
	slices.SortFunc(times, time.Time.Compare)
	most, first := 0, 0
	for i, at := range times {
		for at.Sub(times[first]) >= window {
			first++
		}
		most = max(most, i-first+1)
	}
	return most
}

// Of are the transactions of each recipient, by address in lower case.
func (t Trace) Of() map[string][]Transaction {
	by := map[string][]Transaction{}
	for _, x := range t.Transactions {
		for _, to := range x.Recipients {
			key := strings.ToLower(to)
			by[key] = append(by[key], x)
		}
	}
	return by
}

// Trace copies what happened so far: at most the last 200,000 transactions and connections.
func (s *Server) Trace() Trace { return s.store.trace.copy() }

func (s *Server) getTrace(w http.ResponseWriter, _ *http.Request) { writeJSON(w, s.Trace()) }

// tracer collects a Trace.
type tracer struct {
	mu           sync.Mutex
	links        []*Link
	transactions []*Transaction
}

func (t *tracer) reset() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.transactions = nil
	t.links = slices.DeleteFunc(t.links, func(l *Link) bool { return !l.Closed.IsZero() })
}

func (t *tracer) copy() Trace {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := Trace{Links: make([]Link, 0, len(t.links)), Transactions: make([]Transaction, 0, len(t.transactions))}
	for _, l := range t.links {
		out.Links = append(out.Links, *l)
	}
	for _, x := range t.transactions {
		out.Transactions = append(out.Transactions, *x)
	}
	return out
}

// opened notes a connection and returns what notes its end.
func (t *tracer) opened(id int, c net.Conn) (closed func()) {
	remote, _, err := net.SplitHostPort(c.RemoteAddr().String())
	if err != nil {
		remote = c.RemoteAddr().String()
	}
	l := &Link{ID: id, Remote: remote, Opened: time.Now()}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.links = append(shorten(t.links), l)
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		l.Closed = time.Now()
	}
}

func (t *tracer) begun(connection int, recipients []string) *Transaction {
	x := &Transaction{Connection: connection, Recipients: slices.Clone(recipients), Begun: time.Now()}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.transactions = append(shorten(t.transactions), x)
	return x
}

// change does nothing for no transaction.
func (t *tracer) change(x *Transaction, f func(*Transaction)) {
	if x == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	f(x)
}

// shorten drops the oldest quarter of what has become too long.
func shorten[T any](list []T) []T {
	if len(list) < maxLog {
		return list
	}
	return slices.Clone(list[maxLog/4:])
}
