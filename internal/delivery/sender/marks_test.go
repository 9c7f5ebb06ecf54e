package sender

import (
	"sync"
	"testing"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/delivery/handout"
	"crier.dev/crier/internal/delivery/ledger"
	"crier.dev/crier/internal/delivery/share"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/recipients/suppression"
	"crier.dev/crier/internal/smtp/outcome"
	"crier.dev/crier/internal/testing/smtptest"
)

// left marks recipients of a shard as gone from the list.
func (f *fixture) left(shard int32, indexes ...int) map[int32]suppression.Marked {
	marked := make(suppression.Marked, f.size)
	for _, i := range indexes {
		marked[i] = 3
	}
	return map[int32]suppression.Marked{shard: marked}
}

func (f *fixture) postMarks(version string, marks map[int32]suppression.Marked) {
	f.t.Helper()
	data, err := (&suppression.Marks{Version: version, Shards: marks}).Encode()
	if err != nil {
		f.t.Fatal(err)
	}
	f.secret(names.MarksSecretName(record, attempt), names.MarksKey, data)
}

// suppress does what the manager does: marks first, then their version.
func (f *fixture) suppress(version string, marks map[int32]suppression.Marked) {
	f.t.Helper()
	f.postMarks(version, marks)
	f.conn.Suppressions = version
	f.connect(f.conn)
}

func TestSuppressedBeforeThePass(t *testing.T) {
	virtual(t, func(t *testing.T) {
		f := newFixture(t, 2, 50, smtptest.Script{})
		f.suppress("1", f.left(1, 0, 7, 49))
		f.mustRun()
		f.want(crier.DeliveryTotals{Accepted: 97, Suppressed: 3})
		f.truth()
		f.noJournals()
		for _, e := range f.state(1).Exceptions {
			if reply := f.state(1).Replies[e.Reply]; e.Attempts != 0 || e.At == 0 || reply.Cause != string(outcome.CauseUnsubscribed) {
				t.Errorf("%+v: %+v", e, reply)
			}
		}
		// A resend that selects them looks again; one of them has come back.
		f.suppress("2", f.left(1, 0, 49))
		f.options.Pass = ledger.Pass{Number: 2, Selects: []crier.DeliveryState{crier.DeliverySuppressed}}
		f.mustRun()
		f.want(crier.DeliveryTotals{Accepted: 98, Suppressed: 2})
		f.truth()
	})
}

func TestNothingIsSentUntilItIsKnownWhoIsSuppressed(t *testing.T) {
	for name, unknown := range map[string]func(*fixture){
		"unknown": func(f *fixture) { f.conn.Suppressions = handout.SuppressionsUnknown; f.connect(f.conn) },
		"missing": func(f *fixture) { f.conn.Suppressions = "1"; f.connect(f.conn) },
		"another version": func(f *fixture) {
			f.postMarks("0", nil)
			f.conn.Suppressions = "1"
			f.connect(f.conn)
		},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				f := newFixture(t, 1, 10, smtptest.Script{})
				unknown(f)
				var running sync.WaitGroup
				running.Go(f.mustRun)
				f.until("the shard was claimed", func() bool { return f.state(0).Claim.PodUID != "" })
				renewed := f.state(0).Claim.RenewTime
				f.until("the claim was renewed", func() bool { return f.state(0).Claim.RenewTime.After(renewed.Time) })
				if n := f.relay.Stats().Messages; n > 0 {
					t.Errorf("%d messages were sent", n)
				}
				f.suppress("1", f.left(0, 3))
				running.Wait()
				f.want(crier.DeliveryTotals{Accepted: 9, Suppressed: 1})
				f.truth()
			})
		})
	}
}

// A shard that the marks don't know is not begun before they do.
func TestShardThatTheMarksDontKnow(t *testing.T) {
	virtual(t, func(t *testing.T) {
		f := newFixture(t, 2, 10, smtptest.Script{})
		data, err := (&suppression.Marks{Version: "1", Without: []int32{1}}).Encode()
		if err != nil {
			t.Fatal(err)
		}
		f.secret(names.MarksSecretName(record, attempt), names.MarksKey, data)
		f.conn.Suppressions = "1"
		f.connect(f.conn)
		var running sync.WaitGroup
		running.Go(f.mustRun)
		f.until("the other one is done", func() bool { return f.state(0).Totals.Accepted == 10 })
		time.Sleep(5 * time.Second)
		if s := f.state(1); s.Claim.Epoch != 0 {
			t.Errorf("it was taken: %+v", s.Claim)
		}
		f.suppress("2", f.left(1, 3))
		running.Wait()
		f.want(crier.DeliveryTotals{Accepted: 19, Suppressed: 1})
		f.truth()
	})
}

// Whoever is suppressed in the middle of a pass doesn't get the message, unless
// it was on its way.
func TestSuppressedInTheMiddle(t *testing.T) {
	virtual(t, func(t *testing.T) {
		f := newFixture(t, 1, 100, smtptest.Script{})
		f.ration(share.Limit{Connections: 2, PerSecond: 150})
		f.suppress("1", nil)
		var running sync.WaitGroup
		running.Go(f.mustRun)
		f.until("some were sent", func() bool { return len(f.relay.Stats().Accepted) > 10 })
		f.conn.Suppressions = handout.SuppressionsUnknown
		f.connect(f.conn)
		sent, since := -1, time.Now()
		f.until("nothing more is sent", func() bool {
			if n := len(f.relay.Stats().Accepted); n != sent {
				sent, since = n, time.Now()
			}
			return time.Since(since) > 100*time.Millisecond
		})
		got := f.relay.Stats().Accepted
		var late []int
		for i := range f.size {
			if got[address(0, i)] == 0 {
				late = append(late, i)
			}
		}
		if len(late) < 10 {
			t.Fatalf("only %d are left", len(late))
		}
		f.suppress("2", f.left(0, late[:10]...))
		running.Wait()
		f.want(crier.DeliveryTotals{Accepted: 90, Suppressed: 10})
		f.truth()
		f.noJournals()
	})
}
