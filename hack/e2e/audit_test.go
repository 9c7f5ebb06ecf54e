//go:build e2e

package e2e

import (
	"context"
	"encoding/csv"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/hack/e2e/harness"
	"crier.dev/crier/internal/testing/smtptest"
)

// bounds are what a fault may cost.
type bounds struct {
	people  int // recipients, u0000 to the last
	unknown int // at most
	// failed and expired are exactly so many.
	failed, expired int
	// moments are when the fault struck. When there are any, each unknown recipient was in flight
	// at one of them by the server's log.
	moments []moment
	// twice are recipients that policy or a person had sent to once more.
	twice int
}

// moment is a time in which a fault struck: what was in flight then may be unknown.
type moment struct{ from, to time.Time }

// slack is how much later than a process dies a busy server reads what it had sent.
const slack = 1500 * time.Millisecond

// strike carries out a fault and returns when that was.
func strike(fault func()) moment {
	m := moment{from: time.Now()}
	fault()
	m.to = time.Now()
	return m
}

func (m moment) caught(x smtptest.Transaction) bool {
	middle, half := m.from.Add(m.to.Sub(m.from)/2), m.to.Sub(m.from)/2
	return x.Open(middle, half+slack)
}

// recipient is the address of the person of that number, as rows makes it.
func (w *world) recipient(i int) string { return fmt.Sprintf("u%04d@%s", i, w.domain) }

func (w *world) trace() smtptest.Trace {
	w.Helper()
	var trace smtptest.Trace
	w.must(harness.Wait(w.ctx, "the server's log", patience(), func(ctx context.Context) (bool, string, error) {
		var err error
		trace, err = w.catcher.Trace(ctx)
		return err == nil, "", err
	}))
	return trace
}

// named are the recipients that the report names, by address, with their state.
func (w *world) named(b *crier.Broadcast) map[string]string {
	w.Helper()
	states := map[string]string{}
	for _, name := range b.Status.ReportConfigMaps {
		report := &corev1.ConfigMap{ObjectMeta: w.meta(name)}
		w.get(report)
		for key, data := range report.Data {
			if !strings.HasSuffix(key, ".csv") {
				continue
			}
			rows, err := csv.NewReader(strings.NewReader(data)).ReadAll()
			w.must(err)
			for _, row := range rows[1:] {
				states[strings.ToLower(row[0])] = row[1]
			}
		}
	}
	return states
}

// audit compares a finished Broadcast with the server's log, recipient by recipient.
func (w *world) audit(b *crier.Broadcast, may bounds) {
	w.Helper()
	if b.Status.Totals == nil {
		w.Fatalf("no totals: %s", describe(b.Status.Conditions))
	}
	got, of, named := *b.Status.Totals, w.trace().Of(), w.named(b)
	w.Logf("crier: %+v; named in the report: %d", got, len(named))
	if sum := got.Accepted + got.Failed + got.Unknown + got.Expired; got.Intended != int64(may.people) || sum != got.Intended {
		w.Errorf("%d of %d recipients are accounted for: %+v", sum, may.people, got)
	}
	if int(got.Failed) != may.failed || int(got.Expired) != may.expired {
		w.Errorf("%d failed and %d expired, not %d and %d", got.Failed, got.Expired, may.failed, may.expired)
	}
	if int(got.Unknown) > may.unknown {
		w.Errorf("%d are unknown, more than %d", got.Unknown, may.unknown)
	}
	var accepted, twice, unknown int
	for i := range may.people {
		address := w.recipient(i)
		stored := 0
		for _, x := range of[address] {
			if x.Stored {
				stored++
			}
		}
		state := named[address]
		switch {
		case state == "" && stored == 0:
			w.Errorf("%s got nothing, and the report doesn't name it", address)
		case state == "":
			accepted++
		case state == string(crier.DeliveryUnknown):
			unknown++
			w.inFlight(address, of[address], may.moments)
		case stored > 0:
			w.Errorf("%s is %s, but the server took the message", address, state)
		}
		if stored > 1 {
			twice += stored - 1
		}
	}
	w.Logf("server: %d accepted, %d unknown to the report, %d twice", accepted, unknown, twice)
	if accepted != int(got.Accepted) || unknown != int(got.Unknown) {
		w.Errorf("the totals say %d accepted and %d unknown", got.Accepted, got.Unknown)
	}
	if twice > may.twice {
		w.Errorf("%d messages twice", twice)
	}
}

// inFlight checks that an unknown recipient was under way when a fault struck.
func (w *world) inFlight(address string, transactions []smtptest.Transaction, moments []moment) {
	w.Helper()
	if len(moments) == 0 {
		return
	}
	for _, x := range transactions {
		for _, m := range moments {
			if m.caught(x) {
				return
			}
		}
	}
	w.Errorf("%s is unknown, and was not in flight at any fault: %+v", address, transactions)
}
