//go:build e2e

package e2e

import (
	"math/rand/v2"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/testing/smtptest"
)

// testLimits has two Broadcasts on one Relay, whose pods come and go, and measures at the server.
func testLimits(t *testing.T) {
	const conns, rate = 20, 100
	s := sizeOf("Limits")
	w := newWorld(t, smtptest.Script{})
	w.crowd(s.people, conns, func(r *crier.Relay) {
		r.Spec.Limits.Rate = &crier.Rate{Messages: rate, Per: crier.PerSecond}
	})
	w.create(w.broadcast("first"), w.broadcast("second"))
	w.stored(rate)
	records := []string{w.record("first").Name, w.record("second").Name}
	deleted := w.comeAndGo(records, s)
	for _, name := range []string{"first", "second"} {
		b := w.finished(name)
		if got := b.Status.Totals; got.Intended != int64(s.people) || got.Accepted+got.Unknown != got.Intended || int(got.Unknown) > deleted*maxBatch {
			w.Errorf("%s: %+v after %d pods lost", name, got, deleted)
		}
	}
	w.withinLimits(conns, rate)
	for address, transactions := range w.trace().Of() {
		stored := 0
		for _, x := range transactions {
			if x.Stored {
				stored++
			}
		}
		if w.isRecipient(address) && stored > 2 {
			w.Errorf("%s got %d messages of two Broadcasts", address, stored)
		}
	}
}

// comeAndGo deletes pods of the records, one in two by force, and returns how many those were.
func (w *world) comeAndGo(records []string, s size) (forced int) {
	w.Helper()
	for i := range s.times {
		time.Sleep(s.wait)
		var pods []corev1.Pod
		for _, record := range records {
			pods = append(pods, w.senders(record)...)
		}
		w.Logf("%d pods send", len(pods))
		if len(pods) == 0 {
			continue
		}
		pod, options := pods[rand.IntN(len(pods))], []client.DeleteOption{}
		if i%2 == 1 {
			forced++
			options = append(options, client.GracePeriodSeconds(0))
		}
		w.must(client.IgnoreNotFound(kube.Client.Delete(w.ctx, &pod, options...)))
	}
	return forced
}

// withinLimits reads the server's log. The manager's own look at the relay, which sends nothing,
// isn't counted.
func (w *world) withinLimits(conns, rate int) {
	w.Helper()
	const window = 10 * time.Second
	var managers []string
	for _, pod := range w.managers() {
		managers = append(managers, pod.Status.PodIP)
	}
	trace := w.trace()
	open, accepted := trace.MostOpen(managers...), trace.MostAccepted(window)
	w.Logf("at most %d connections open, %d with the manager's; at most %d accepted in %s", open, trace.MostOpen(), accepted, window)
	if open > conns {
		w.Errorf("%d connections were open, more than %d, for %s in all", open, conns, trace.Beyond(conns, managers...))
	}
	if most := int(window/time.Second)*rate + conns; accepted > most {
		w.Errorf("%d acceptances in %s, more than %d", accepted, window, most)
	}
}
