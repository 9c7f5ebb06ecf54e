//go:build e2e

package e2e

import (
	"context"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/hack/e2e/harness"
	"crier.dev/crier/internal/testing/smtptest"
)

// ready waits until the relay was tried and found good.
func (w *world) ready() {
	w.Helper()
	w.until(&crier.Relay{ObjectMeta: w.meta(relayName)}, crier.ConditionReady, metav1.ConditionTrue, "")
}

// send sends a Broadcast and waits for its end.
func (w *world) send(change ...func(*crier.Broadcast)) *crier.Broadcast {
	w.Helper()
	b := w.broadcast("storm")
	for _, c := range change {
		c(b)
	}
	w.create(b)
	return w.finished(b.Name)
}

// testRefusedAtConnect has a server that is too busy for many connections in a row.
func testRefusedAtConnect(t *testing.T) {
	s := sizeOf("RefusedAtConnect")
	w := newWorld(t, smtptest.Script{})
	w.crowd(s.people, 4)
	w.ready()
	w.must(w.catcher.SetScript(w.ctx, smtptest.Script{Rules: []smtptest.Rule{
		{Phase: smtptest.Connect, First: s.times, Code: 421, Enhanced: "4.3.2", Text: "too busy, come back"},
	}}))
	w.audit(w.send(), bounds{people: s.people})
}

// testRefusedAfter20 has a server that ends every connection after 20 messages.
func testRefusedAfter20(t *testing.T) {
	const most = 20
	s := sizeOf("RefusedAfter20")
	w := newWorld(t, smtptest.Script{MessagesPerConnection: most})
	w.crowd(s.people, 4)
	w.audit(w.send(), bounds{people: s.people})
	taken := map[int]int{}
	for _, x := range w.trace().Transactions {
		taken[x.Connection]++
	}
	for connection, n := range taken {
		if n > most {
			w.Errorf("connection %d took %d messages", connection, n)
		}
	}
}

// testGreylistedAll turns everybody away until 30 s have passed.
func testGreylistedAll(t *testing.T) {
	s := sizeOf("Greylisted")
	w := newWorld(t, smtptest.Script{Rules: []smtptest.Rule{
		{Code: 451, Enhanced: "4.7.1", Text: "greylisted, come back later"},
	}})
	w.crowd(s.people, 4)
	w.ready()
	w.create(w.broadcast("storm"))
	w.told(1)
	time.Sleep(s.wait)
	w.must(w.catcher.SetScript(w.ctx, smtptest.Script{}))
	w.audit(w.finished("storm"), bounds{people: s.people})
}

// told waits until the server has answered so many recipients.
func (w *world) told(n int) {
	w.Helper()
	w.must(harness.Wait(w.ctx, "answers", patience(), func(ctx context.Context) (bool, string, error) {
		log, err := w.catcher.Log(ctx)
		return len(log) >= n, "", err
	}))
}

// testSlowReplies waits 20 s for each reply to the dot.
func testSlowReplies(t *testing.T) {
	s := sizeOf("SlowReplies")
	w := newWorld(t, smtptest.Script{Rules: []smtptest.Rule{{Phase: smtptest.Dot, Delay: smtptest.Duration(20 * time.Second)}}})
	w.crowd(s.people, 20)
	w.create(w.broadcast("storm"))
	w.stored(s.people)
	w.must(w.catcher.SetScript(w.ctx, smtptest.Script{})) // the report need not wait
	w.audit(w.finished("storm"), bounds{people: s.people})
}

func testHalfRefused(t *testing.T) {
	s := sizeOf("HalfRefused")
	w := newWorld(t, smtptest.Script{Rules: []smtptest.Rule{
		{Regexp: `^u\d*[02468]@`, Code: 550, Enhanced: "5.1.1", Text: "no such person"},
	}})
	w.crowd(s.people, 4)
	w.audit(w.send(), bounds{people: s.people, failed: (s.people + 1) / 2})
}

// testRelayDenies has a relay that refuses everybody because it doesn't know us. That is no fault
// of the recipients: after about ten of them nothing more is sent, and nobody has failed.
func testRelayDenies(t *testing.T) {
	const words, lines = "Relay access denied", 30
	s := sizeOf("RelayDenies")
	w := newWorld(t, smtptest.Script{Rules: []smtptest.Rule{{Code: 554, Enhanced: "5.7.1", Text: words}}})
	w.crowd(s.people, 4)
	b := w.broadcast("storm")
	w.create(b)
	w.must(harness.Wait(w.ctx, "the server's words in a condition", patience(), func(ctx context.Context) (bool, string, error) {
		w.get(b)
		seen := describe(b.Status.Conditions)
		return strings.Contains(seen, words), seen, nil
	}))
	log, err := w.catcher.Log(w.ctx)
	w.must(err)
	w.Logf("%d lines in the server's log; %s", len(log), describe(b.Status.Conditions))
	if len(log) > lines {
		w.Errorf("the server refused %d recipients before Crier stopped", len(log))
	}
	w.must(w.catcher.SetScript(w.ctx, smtptest.Script{}))
	w.audit(w.finished(b.Name), bounds{people: s.people})
}

// testPoison has recipients whose message ends the connection: one at DATA, one in the body. The
// others must not wait for them.
func testPoison(t *testing.T) {
	s := sizeOf("Poison")
	w := newWorld(t, smtptest.Script{Rules: []smtptest.Rule{
		{Phase: smtptest.Data, Regexp: `^u0007@`, Drop: smtptest.DropBefore},
		{Phase: smtptest.Body, Regexp: `^u0011@`, Drop: smtptest.DropBefore},
	}})
	w.crowd(s.people, 4)
	b := w.send(func(b *crier.Broadcast) { b.Spec.MaxDeferral = &metav1.Duration{Duration: time.Minute} })
	// The dot of a short message leaves with its body: whether it was read, nobody knows, and so
	// the second is unknown at once. The first is tried until his time is up.
	w.audit(b, bounds{people: s.people, unknown: 1, expired: 1})
	named := w.named(b)
	for i := range s.people {
		if poison := i == 7 || i == 11; poison != (named[w.recipient(i)] != "") {
			w.Errorf("%s is %q", w.recipient(i), named[w.recipient(i)])
		}
	}
}

// testOddReplies has replies of several lines, and replies that are none.
func testOddReplies(t *testing.T) {
	s := sizeOf("OddReplies")
	w := newWorld(t, smtptest.Script{Rules: []smtptest.Rule{
		{Phase: smtptest.Dot, Regexp: `^u\d*5@`, Code: 250, Enhanced: "2.0.0", Text: "taken\nand queued\nwith thanks"},
		{Phase: smtptest.Dot, Regexp: `^u0010@`, Raw: "nonsense\r\n", Drop: smtptest.DropAfter},
		{Phase: smtptest.Dot, Regexp: `^u0020@`, Raw: "999 what?\r\n", Drop: smtptest.DropAfter},
		{Regexp: `^u0011@`, Code: 550, Enhanced: "5.1.1", Text: "no such person\nnot here\nnor elsewhere"},
		{Regexp: `^u0012@`, Code: 550, Enhanced: "5.1.1", Text: strings.Repeat("long ", 400)},
		{Regexp: `^u0021@`, First: 1, Raw: "25\r\n", Drop: smtptest.DropAfter},
		{Regexp: `^u0022@`, First: 1, Raw: "\x00\xff\x1b[31m\r\n", Drop: smtptest.DropAfter},
		{Phase: smtptest.Mail, First: 1, Raw: "hello?\r\n", Drop: smtptest.DropAfter},
	}})
	w.crowd(s.people, 4)
	b := w.send()
	w.audit(b, bounds{people: s.people, failed: 2, unknown: 2})
	if got := w.named(b); got[w.recipient(11)] != string(crier.DeliveryFailed) || got[w.recipient(12)] != string(crier.DeliveryFailed) {
		w.Errorf("named: %v", got)
	}
}
