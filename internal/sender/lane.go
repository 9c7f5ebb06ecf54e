package sender

import (
	"context"
	"errors"
	"time"

	"crier.dev/crier/internal/content"
	"crier.dev/crier/internal/ledger"
	"crier.dev/crier/internal/outcome"
	"crier.dev/crier/internal/transport"
)

// maxRefusals is how often a recipient at whom the relay hangs up is left
// pending before that counts as a deferral of this recipient.
const maxRefusals = 5

// lane is one connection to the relay. It is kept from batch to batch.
type lane struct {
	w       *worker
	conn    *transport.Conn
	version string // of the connection's settings
	sent    int    // messages over this connection
	backoff backoff
	retryAt time.Time
	// failure is what ended the lane's last batch early.
	failure *outcome.Outcome
}

func (w *worker) newLane() *lane {
	return &lane{w: w, backoff: backoff{min: w.Timing.RelayMin, max: w.Timing.RelayMax}}
}

// connect makes sure of a connection under the present settings.
func (l *lane) connect(ctx context.Context) bool {
	settings := l.w.relay.current()
	if l.conn != nil && l.conn.Usable() && l.version == settings.Version &&
		(settings.MessagesPerConnection <= 0 || l.sent < settings.MessagesPerConnection) {
		return true
	}
	l.hangUp()
	conn, failure := transport.Dial(ctx, l.w.transport(settings))
	l.version = settings.Version
	if failure != nil {
		o := outcome.Classify(failure.Event)
		l.failure = &o
		if ctx.Err() == nil {
			l.w.log.Warn("no session with the relay", "error", failure.Error())
			l.retryAt = time.Now().Add(l.backoff.next())
		}
		return false
	}
	l.conn, l.sent = conn, 0
	return true
}

func (l *lane) hangUp() {
	if l.conn != nil {
		_ = l.conn.Close() // no message depends on how a session ends
		l.conn = nil
	}
}

// run sends to the recipients of a batch until there are none left or the
// relay fails.
func (l *lane) run(ctx context.Context, j *job, work <-chan *flight, out chan<- ledger.Result) {
	l.failure = nil
	for f := range work {
		if !j.may(ctx) {
			return
		}
		result, ok := l.deliver(ctx, j, f)
		out <- result
		if !ok {
			return
		}
	}
}

// deliver sends to one recipient. It is false if the relay failed.
func (l *lane) deliver(ctx context.Context, j *job, f *flight) (ledger.Result, bool) {
	to := j.recipients[f.index]
	m, err := l.w.composer.Compose(to, int(j.shard().Spec.Index), f.index, j.date)
	if refused := (*content.Refused)(nil); errors.As(err, &refused) {
		result := unmade(f.index, refused.Error(), to.Email, time.Now())
		j.note(ledger.ResultEntry(j.state(), result))
		return result, true
	}
	if err != nil {
		j.fail(err)
		return untried(f.index), false
	}
	env := transport.Envelope{
		From: m.EnvelopeFrom, To: m.EnvelopeTo, UTF8: m.UTF8,
		EnvelopeID: m.EnvelopeID, OriginalRecipient: m.EnvelopeTo,
	}
	// A connection that has served may be closed by the relay at any time:
	// then the message goes over another one at once.
	for {
		if !l.connect(ctx) || l.w.relay.limiter.Wait(ctx) != nil || !j.may(ctx) {
			return untried(f.index), false
		}
		served := l.sent > 0
		o := l.transact(ctx, j, f, env, m.Data)
		if touches(o) {
			l.backoff.reset()
			result := settled(f.index, o, m.EnvelopeTo, time.Now())
			j.note(ledger.ResultEntry(j.state(), result))
			return result, true
		}
		if f.ended.Swap(false) {
			j.note(ledger.ResultEntry(j.state(), untried(f.index)))
		}
		if served && !l.conn.Usable() && ctx.Err() == nil {
			continue
		}
		l.failure = &o
		return j.refusal(f.index, o, m.EnvelopeTo)
	}
}

func (l *lane) transact(ctx context.Context, j *job, f *flight, env transport.Envelope, data []byte) outcome.Outcome {
	event := l.conn.Send(ctx, &transport.Transaction{Envelope: env, Data: data, BeforeDot: func() error {
		if !j.may(ctx) {
			return errHold
		}
		if err := j.journal.note(ledger.EndEntry(j.state(), f.index)); err != nil {
			j.fail(err)
			return err
		}
		f.ended.Store(true)
		return nil
	}}, nil)
	l.sent++
	return outcome.Classify(event)
}
