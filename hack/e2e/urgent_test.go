//go:build e2e

package e2e

import (
	"slices"
	"testing"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/testing/smtptest"
)

// testUrgent applies an urgent Broadcast while a large one has all of the Relay.
func testUrgent(t *testing.T) {
	const conns, rate, firstUrgent, start = 8, 200, 100_000, 10 * time.Second
	s := sizeOf("Urgent")
	w := newWorld(t, smtptest.Script{})
	w.crowd(s.people, conns, func(r *crier.Relay) {
		r.Spec.Limits.Rate = &crier.Rate{Messages: rate, Per: crier.PerSecond}
		r.Spec.Grants[0].Urgent = true
	})
	w.people("evacuated", w.rows(firstUrgent, s.times))
	list := w.list("evacuated")
	list.Name, list.Spec.Address = "district", crier.MailAddress("district@"+w.domain)
	w.create(list, w.broadcast("large"))
	w.stored(s.people / 10)

	b := w.broadcast("flood")
	b.Spec.ListRef.Name, b.Spec.Priority = list.Name, crier.PriorityUrgent
	applied := time.Now()
	w.create(b)
	done := w.finished(b.Name)
	if got := done.Status.Totals; got.Intended != int64(s.times) || got.Accepted != got.Intended {
		w.Errorf("flood: %+v", got)
	}
	urgent, large := w.acceptances(firstUrgent, s.times), w.acceptances(0, s.people)
	if len(large) == s.people {
		w.Errorf("the large one was over before the urgent one")
	}
	begun, middle, ended := urgent[0], urgent[len(urgent)/2], urgent[len(urgent)-1]
	beside := 0 // the second half: by then the others have made way
	for _, at := range large {
		if at.After(middle) && at.Before(ended) {
			beside++
		}
	}
	w.Logf("urgent: the first after %s, all %d in %s; of the other, %d beside the second half", begun.Sub(applied), len(urgent), ended.Sub(begun), beside)
	if begun.Sub(applied) > start {
		w.Errorf("the first urgent message left after %s", begun.Sub(applied))
	}
	if beside > len(urgent)/4 {
		w.Errorf("%d of the other were sent beside %d urgent ones: that is no three quarters of the Relay", beside, len(urgent)/2)
	}
	w.audit(w.finished("large"), bounds{people: s.people})
	w.withinLimits(conns, rate)
}

// acceptances are the times at which messages for n recipients, from the first on, were accepted.
func (w *world) acceptances(first, n int) []time.Time {
	w.Helper()
	of := w.trace().Of()
	var times []time.Time
	for i := range n {
		for _, x := range of[w.recipient(first+i)] {
			if x.Accepted() {
				times = append(times, x.Ended)
			}
		}
	}
	slices.SortFunc(times, time.Time.Compare)
	return times
}
