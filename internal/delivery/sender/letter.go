package sender

import (
	"errors"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/smtp/transport"
	"crier.dev/crier/internal/writing/content"
	"crier.dev/crier/internal/writing/message"
)

// letter is a message that was made for a flight, in memory of its own.
type letter struct {
	flight  *flight
	address string
	scratch message.Scratch
	tx      transport.Transaction
	// beforeDot is that of tx, made once.
	beforeDot func() error
	ended     time.Time
}

// fill makes the message of the next recipient. It is false if there is none.
func (l *lane) fill(slot **letter, wait bool) bool {
	for {
		f := l.w.dispatch.take(l, wait)
		if f == nil {
			return false
		}
		if m := l.compose(f); m != nil {
			*slot = m
			return true
		}
	}
}

func (l *lane) compose(f *flight) *letter {
	m := l.paper()
	to := f.job.recipients[f.index]
	if reason, suppressed := l.w.marks.of(f.place()); suppressed {
		l.leaveOut(f, reason)
		l.spare = m
		return nil
	}
	made, err := l.w.composer.Compose(&m.scratch, to, int(f.job.index), f.index, f.job.date)
	if refused := (*content.Refused)(nil); errors.As(err, &refused) {
		r := unmade(f.index, refused.Error(), to.Email, time.Now())
		f.note(r)
		f.job.journal.flush()
		l.w.dispatch.drop(f, r)
		l.spare = m
		return nil
	}
	if err != nil {
		if !errors.As(err, new(*message.KeyMissing)) { // the relay's trouble, see learn
			f.job.fail(err)
		}
		l.w.dispatch.drop(f, untried(f.index))
		l.spare = m
		return nil
	}
	m.flight, m.address = f, made.EnvelopeTo
	m.tx = transport.Transaction{
		Envelope: transport.Envelope{
			From: made.EnvelopeFrom, To: made.EnvelopeTo, UTF8: made.UTF8,
			EnvelopeID: made.EnvelopeID, OriginalRecipient: made.EnvelopeTo,
		},
		Data:      made.Data,
		Rest:      made.Rest,
		BeforeDot: m.beforeDot,
	}
	return m
}

// leaveOut settles a recipient who must not be written to.
func (l *lane) leaveOut(f *flight, reason crier.SuppressionReason) {
	r := leftOut(f.index, reason, time.Now())
	f.note(r)
	f.job.journal.flush()
	l.w.dispatch.drop(f, r)
}

// paper is a letter to write on.
func (l *lane) paper() *letter {
	m := l.spare
	l.spare = nil
	if m == nil {
		m = &letter{}
		m.beforeDot = func() error { return l.mayEnd(m) }
	}
	m.ended = time.Time{}
	return m
}

// mayEnd is the last moment to hold a message back.
func (l *lane) mayEnd(m *letter) error {
	f := m.flight
	if !f.job.may() || !l.w.dispatch.permits(l) {
		return errHold
	}
	if _, suppressed := l.w.marks.of(f.place()); suppressed {
		return errHold // since the message was made
	}
	if err := f.job.journal.commit(f.job.endEntry(f.index)); err != nil {
		f.job.fail(err)
		return err
	}
	f.ended.Store(true)
	m.ended = time.Now()
	return nil
}
