//go:build e2e

package e2e

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/testing/smtptest"
)

// during starts a Broadcast on 4 connections, which the server then asks to end, lets something
// happen to the server for a while, and mends it. It returns when that was.
func during(t *testing.T, name string, fault smtptest.Script, begin, end func(*world)) (*world, *crier.Broadcast, moment) {
	t.Helper()
	const conns = 4
	s := sizeOf(name)
	whole := pace(s.people, conns, 12*time.Second)
	w := newWorld(t, whole)
	b := w.start(s.people, conns, s.people/6)
	fault.MessagesPerConnection = 1 // those that are open end
	trouble := strike(func() {
		begin(w)
		w.must(w.catcher.SetScript(w.ctx, fault))
		time.Sleep(s.wait)
		w.get(b)
		w.Log(describe(b.Status.Conditions))
	})
	end(w)
	w.must(w.catcher.SetScript(w.ctx, whole))
	b = w.finished(b.Name)
	w.audit(b, bounds{people: s.people})
	return w, b, trouble
}

func nothing(*world) {}

// testStartTLSWithdrawn has a server that stops offering TLS: nothing is sent in the clear.
func testStartTLSWithdrawn(t *testing.T) {
	w, _, _ := during(t, "StartTLSWithdrawn", smtptest.Script{Without: []string{"STARTTLS"}}, nothing, nothing)
	messages, err := w.catcher.Messages(w.ctx, "")
	w.must(err)
	for _, m := range messages {
		if !m.TLS {
			w.Errorf("message %d went in the clear", m.ID)
		}
	}
}

// testCertificateExpired has a certificate that runs out: nothing is sent to whom we can't verify.
func testCertificateExpired(t *testing.T) {
	w, _, trouble := during(t, "CertificateExpired", smtptest.Script{}, func(w *world) {
		expired, err := w.catcher.Certificate.Expired()
		w.must(err)
		w.must(w.catcher.SetCertificate(w.ctx, expired))
	}, func(w *world) { w.must(w.catcher.SetCertificate(w.ctx, w.catcher.Certificate)) })
	trace, late := w.trace(), map[int]bool{}
	for _, l := range trace.Links {
		late[l.ID] = l.Opened.After(trouble.from.Add(slack)) && l.Opened.Before(trouble.to)
	}
	for _, x := range trace.Transactions {
		if late[x.Connection] {
			w.Errorf("connection %d was opened with an expired certificate and used", x.Connection)
		}
	}
}

// testPasswordRotated changes the password at the server first: with at most three failed logins
// over all pods, since more may lock the account.
func testPasswordRotated(t *testing.T) {
	w, _, _ := during(t, "PasswordRotated", smtptest.Script{},
		func(w *world) { w.must(w.catcher.SetUsers(w.ctx, map[string]string{user: "new"})) },
		func(w *world) {
			patch(w, &corev1.Secret{ObjectMeta: w.meta("login")}, func(s *corev1.Secret) { s.Data["password"] = []byte("new") })
		})
	stats, err := w.catcher.Stats(w.ctx)
	w.must(err)
	w.Logf("%d failed logins", stats.Failed)
	if stats.Failed > 3 || stats.Failed == 0 {
		w.Errorf("%d failed logins with one password", stats.Failed)
	}
}

// testRelayDown switches the server off in the middle and on again.
func testRelayDown(t *testing.T) {
	const conns = 4
	s := sizeOf("RelayDown")
	w := newWorld(t, pace(s.people, conns, 12*time.Second))
	b := w.start(s.people, conns, s.people/6)
	off := strike(func() { w.must(w.catcher.Power(w.ctx, false)) })
	time.Sleep(s.wait)
	w.get(b)
	w.Log(describe(b.Status.Conditions))
	w.must(w.catcher.Power(w.ctx, true))
	w.audit(w.finished(b.Name), bounds{people: s.people, unknown: conns, moments: []moment{off}})
}
