package sender

import (
	"context"
	"time"

	"crier.dev/crier/internal/delivery/ledger"
	"crier.dev/crier/internal/redact"
	"crier.dev/crier/internal/smtp/outcome"
	"crier.dev/crier/internal/smtp/transport"
)

// maxHangUps is how often a session may end at a recipient before that counts
// as a deferral of this recipient: such a one backs off alone.
const maxHangUps = 3

// slowPace is the pace from which on a message is not announced before the one
// ahead of it has been answered: the relay would wait for it with an open
// transaction.
const slowPace = 50 * time.Millisecond

// lane is one connection to the relay, and a goroutine that sends over it.
type lane struct {
	w *worker

	conn    *transport.Conn
	version string // of the connection's settings
	sent    int    // messages over this connection
	good    bool   // the last message reached the relay
	backoff backoff
	// retryAt and notBefore belong to the dispatcher while the lane takes, and
	// to the lane otherwise; active is the dispatcher's.
	retryAt   time.Time
	notBefore time.Time
	active    bool
	quickest  time.Duration // from the end of a message to its reply

	// cur is the message to send, next the one after it.
	cur, next *letter
	spare     *letter
}

func (w *worker) newLane() *lane {
	return &lane{w: w, backoff: backoff{min: w.Timing.RelayMin, max: w.Timing.RelayMax}}
}

// run sends until there is nothing more to do.
func (l *lane) run(ctx context.Context) {
	defer l.hangUp()
	for {
		if l.cur == nil && !l.fill(&l.cur, true) {
			return
		}
		l.attempt(ctx)
	}
}

// attempt sends the message in hand, or gives it back.
func (l *lane) attempt(ctx context.Context) {
	if !l.cur.flight.job.may() || !l.w.dispatch.permits(l) {
		l.giveBack()
		return
	}
	if failure := l.connect(ctx); failure != nil {
		l.fail(*failure)
		l.giveBack()
		return
	}
	if !l.pace(ctx) {
		return // looked at again from the start
	}
	if l.next == nil && !l.last() {
		l.fill(&l.next, false)
	}
	var announced *transport.Transaction
	if l.next != nil && !l.last() && l.w.dispatch.pace() < slowPace {
		announced = &l.next.tx
	}
	served := l.sent > 0
	level := l.conn.Level()
	o := outcome.Classify(l.conn.Send(l.w.inTerm(ctx), &l.cur.tx, announced))
	o.Reply.Text = redact.Hide(o.Reply.Text, l.cur.address) // from here on many may see it
	l.sent++
	l.w.doubt(o, level, announced != nil)
	l.conclude(ctx, o, served)
}

// last says whether the connection carries no message after this one.
func (l *lane) last() bool {
	limit := l.w.relay.current().MessagesPerConnection
	return limit > 0 && l.sent+1 >= limit
}

// pace waits until the lane's next message may be sent. It is false if the
// wait was long enough for the world to change.
func (l *lane) pace(ctx context.Context) bool {
	wait := time.Until(l.notBefore)
	if wait <= 0 {
		return true
	}
	l.cur.flight.job.journal.flush()
	sleep(ctx, min(wait, l.w.Timing.Poll))
	return false
}

// conclude draws the conclusions from what came of a message.
func (l *lane) conclude(ctx context.Context, o outcome.Outcome, served bool) {
	m := l.cur
	f := m.flight
	if touches(o) {
		l.worked()
		l.w.dispatch.settle(f, settled(f.index, o, time.Now()), o)
		l.done(m)
		return
	}
	if f.ended.Swap(false) {
		f.note(untried(f.index))
	}
	if r, often := f.hungUpOn(o); often {
		f.note(r)
		f.job.journal.flush()
		l.w.dispatch.drop(f, r)
		l.done(m)
		return
	}
	// A connection that has served may be closed by the relay at any time:
	// then the message goes over another one at once.
	if served && !l.conn.Usable() && ctx.Err() == nil && f.job.may() {
		f.job.journal.flush()
		return
	}
	if f.job.may() && ctx.Err() == nil {
		l.fail(o)
	}
	l.giveBack()
}

// done takes the message out of the lane's hand. Its result is written with the
// end of the next one, if there is one.
func (l *lane) done(m *letter) {
	if l.w.dispatch.pace() > 0 {
		l.turn(m)
	}
	l.cur, l.next, l.spare = l.next, nil, m
	if l.cur == nil || l.cur.flight.job != m.flight.job {
		m.flight.job.journal.flush()
	}
}

// turn sets when the lane's next message may be sent, so that replies are at
// least an interval apart: none comes sooner after the end of its message than
// the quickest one did.
func (l *lane) turn(m *letter) {
	now := time.Now()
	if took := now.Sub(m.ended); !m.ended.IsZero() && (l.quickest == 0 || took < l.quickest) {
		l.quickest = took
	}
	l.notBefore = now.Add(max(0, l.w.dispatch.pace()-l.quickest*8/10))
}

// worked notes that a message reached the relay.
func (l *lane) worked() {
	l.backoff.reset()
	if !l.good {
		l.good = true
		l.w.dispatch.count(1)
	}
	if l.w.relay.worked() {
		l.w.apply()
	}
}

// fail notes that the relay failed, as seen by this lane. It is the relay's
// trouble, and not this connection's, if no lane gets anything through.
func (l *lane) fail(o outcome.Outcome) {
	if o.Cause == outcome.CauseInterrupted { // by us
		l.retryAt = time.Now().Add(l.w.Timing.Tick)
		l.hangUp()
		return
	}
	if l.good {
		l.good = false
		l.w.dispatch.count(-1)
	}
	l.retryAt = time.Now().Add(l.backoff.next())
	l.w.relayFailed(l.w.signal, o, l.version)
	l.hangUp()
}

// giveBack returns what the lane has in hand. What was announced to the relay
// and isn't sent ends with the connection.
func (l *lane) giveBack() {
	if l.conn != nil && l.conn.Announced() {
		l.hangUp()
	}
	for _, m := range []*letter{l.cur, l.next} {
		if m == nil {
			continue
		}
		f := m.flight
		f.job.journal.flush()
		l.spare = m
		l.w.dispatch.drop(f, untried(f.index))
	}
	l.cur, l.next = nil, nil
}

// connect makes sure of a connection under the present settings.
func (l *lane) connect(ctx context.Context) *outcome.Outcome {
	settings := l.w.relay.current()
	if l.conn != nil && l.conn.Usable() && l.version == settings.Version &&
		(settings.MessagesPerConnection <= 0 || l.sent < settings.MessagesPerConnection) {
		return nil
	}
	l.hangUp()
	l.version = settings.Version
	if l.conn = l.w.spareConn(settings.Version); l.conn == nil {
		conn, failure := l.w.dial(ctx, settings)
		if failure != nil {
			return failure
		}
		l.conn = conn
	}
	l.sent, l.quickest = 0, 0
	return nil
}

func (l *lane) hangUp() {
	if l.conn != nil {
		l.w.hangUp(l.conn)
		l.conn = nil
	}
}

// hungUpOn counts a message that didn't reach the point where it counts because
// the session ended at its recipient. When that happens again and again, it is
// about the recipient.
func (f *flight) hungUpOn(o outcome.Outcome) (ledger.Result, bool) {
	afterMail := o.Phase == outcome.PhaseRcpt || o.Phase == outcome.PhaseData
	switch {
	case o.Cause == outcome.CauseQuota, o.Cause == outcome.CauseInterrupted,
		o.Reply.Code != 0 && !afterMail,
		o.Reply.Code == 0 && !afterMail && o.Phase != outcome.PhaseMail:
		return ledger.Result{}, false
	}
	if f.job.hungUp(f.index) < maxHangUps {
		return ledger.Result{}, false
	}
	o.State, o.CountsAttempt = outcome.Deferred, true
	return settled(f.index, o, time.Now()), true
}
