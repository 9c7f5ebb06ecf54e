package sender

import (
	"context"
	"os"
	"time"

	"crier.dev/crier/internal/delivery/handout"
	"crier.dev/crier/internal/smtp/dialguard"
	"crier.dev/crier/internal/smtp/outcome"
	"crier.dev/crier/internal/smtp/transport"
)

// TransportConfig is how a relay is reached. What a relay's name resolves to
// is looked at when it is dialled: behind loopback and link-local addresses
// there are other things than relays.
func TransportConfig(c handout.Relay, timeouts transport.Timeouts) transport.Config {
	guard := dialguard.Guard{AllowPrivate: c.PrivateAddresses, APIServer: os.Getenv("KUBERNETES_SERVICE_HOST")}
	return transport.Config{
		Host: c.Host, Port: c.Port, HELO: c.HELO,
		TLS: transport.TLSMode(c.TLS), ServerName: c.ServerName, CAPEM: c.CAPEM,
		ClientCertPEM: c.CertPEM, ClientKeyPEM: c.KeyPEM,
		Auth: transport.AuthMechanism(c.Auth), Username: c.Username, Password: c.Password,
		Timeouts: timeouts, Dialer: guard.DialContext,
	}
}

// dial opens a session with the relay. With a login, one session is opened at
// a time: if the relay refuses it, that must cost one failed login and not one
// for each lane.
func (w *worker) dial(ctx context.Context, c *handout.Relay) (*transport.Conn, *outcome.Outcome) {
	if c.Auth != "" {
		w.logins.Lock()
		defer w.logins.Unlock()
		if wait := w.relay.wait(); wait > 0 {
			return nil, &outcome.Outcome{State: outcome.NotTried, Cause: outcome.CauseInterrupted}
		}
	}
	dialling, stop := w.openSession(ctx)
	if stop == nil {
		return nil, &outcome.Outcome{State: outcome.NotTried, Cause: outcome.CauseInterrupted}
	}
	defer stop()
	config := TransportConfig(*c, w.Timeouts)
	if w.Dial != nil {
		config.Dialer = w.Dial
	}
	config.Pipelining = w.pipelining(time.Now())
	conn, failure := transport.Dial(dialling, config)
	if failure == nil {
		return conn, nil
	}
	w.closeSession()
	o := outcome.Classify(failure.Event)
	if dialling.Err() != nil {
		o = outcome.Outcome{State: outcome.NotTried, Cause: outcome.CauseInterrupted}
	} else {
		w.log.Warn("no session with the relay", "error", failure.Error())
	}
	if c.Auth != "" && o.Cause == outcome.CauseAuthenticationFailed {
		w.relay.failed(o, c.Version) // before another lane tries
	}
	return nil, &o
}

// stepDown is how long pipelining stays a level lower after a relay stopped
// answering in the midst of it.
const stepDown = time.Hour

// pipelining is the level that connections may use now.
func (w *worker) pipelining(now time.Time) transport.Level {
	switch at := now.UnixNano(); {
	case at < w.offUntil.Load():
		return transport.LevelOff
	case at < w.withinUntil.Load():
		return transport.LevelWithin
	}
	return transport.LevelAcross
}

// doubt steps pipelining down if an outcome looks as if the relay, whatever
// it says in EHLO, can't do it: no reply after a message that was followed by
// the next one, or silence among commands that were sent together.
func (w *worker) doubt(o outcome.Outcome, level transport.Level, announced bool) {
	until := time.Now().Add(stepDown).UnixNano()
	switch {
	case o.State == outcome.Unknown && announced:
		w.withinUntil.Store(until)
	case o.State == outcome.NotTried && o.Cause == outcome.CauseTimeout && level != transport.LevelOff &&
		(o.Phase == outcome.PhaseRcpt || o.Phase == outcome.PhaseData):
		w.offUntil.Store(until)
	}
}

// relayFailed notes a failure of one lane. It is the relay's trouble if no
// lane gets anything through, or if it is about the account.
func (w *worker) relayFailed(ctx context.Context, o outcome.Outcome, version string) {
	if ctx.Err() != nil || o.Cause == outcome.CauseInterrupted {
		return
	}
	account := o.Cause == outcome.CauseAuthenticationFailed || o.Cause == outcome.CauseQuota
	if account || w.dispatch.nobodyGood() {
		w.relay.failed(o, version)
	} else if o.Reply.Code == 421 {
		w.crowd.halve(w.dispatch.lanes())
	}
	w.apply()
}

// reach makes sure that the relay can be reached, before anything is intended
// for it. The session is kept for the lane that sends first.
func (w *worker) reach(ctx context.Context) bool {
	if !w.reaching.TryLock() {
		return false
	}
	defer w.reaching.Unlock()
	settings := w.relay.current()
	if w.openSessions() > 0 {
		return true // an idle one: nothing is in the air while this is asked
	}
	conn, failure := w.dial(ctx, settings)
	if failure != nil {
		if ctx.Err() == nil && failure.Cause != outcome.CauseInterrupted {
			w.relay.failed(*failure, settings.Version)
			w.apply()
		}
		return false
	}
	w.keepConn(conn, settings.Version)
	w.apply()
	return true
}

// dialing is a session that is being opened.
type dialing struct{ cancel context.CancelFunc }

// openSession counts a session that is to be opened, unless there are as many
// as the pod is granted: then stop is nil. It must be called when the session
// is open, or won't be.
func (w *worker) openSession(ctx context.Context) (dialling context.Context, stop func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.sessions >= min(w.allowance.ration().Connections, w.Connections) {
		return nil, nil
	}
	w.sessions++
	dialling, cancel := context.WithCancel(ctx)
	d := &dialing{cancel}
	w.dials[d] = true
	return dialling, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.dials, d)
		cancel()
	}
}

// restrain says whether no more sessions are open than so many. If there are,
// it gives up those that are still being opened.
func (w *worker) restrain(most int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.sessions <= most {
		return true
	}
	for d := range w.dials {
		d.cancel()
	}
	if most == 0 && w.endTerm != nil {
		w.endTerm()
		w.term = nil
	}
	return false
}

// inTerm is cancelled when the ration is over: what has not been handed over to
// its last octet can be given up then, and be sent again.
func (w *worker) inTerm(ctx context.Context) context.Context {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.term == nil {
		w.term, w.endTerm = context.WithCancel(ctx)
	}
	return w.term
}

func (w *worker) closeSession() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sessions--
}

func (w *worker) openSessions() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.sessions
}

// hangUp ends a session. No message depends on how.
func (w *worker) hangUp(conn *transport.Conn) {
	_ = conn.Close()
	w.closeSession()
}

func (w *worker) keepConn(conn *transport.Conn, version string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.spare, w.spareVersion = conn, version
}

// spareConn takes the session that is at hand, if it is one of that version.
func (w *worker) spareConn(version string) *transport.Conn {
	w.mu.Lock()
	conn, fits := w.spare, w.spareVersion == version
	w.spare = nil
	w.mu.Unlock()
	if conn != nil && (!fits || !conn.Usable()) {
		w.hangUp(conn)
		return nil
	}
	return conn
}

// dropSpare ends the session that is at hand.
func (w *worker) dropSpare() {
	w.mu.Lock()
	conn := w.spare
	w.spare = nil
	w.mu.Unlock()
	if conn != nil {
		w.hangUp(conn)
	}
}
