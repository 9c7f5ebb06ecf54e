package sender

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/delivery/ledger"
	"crier.dev/crier/internal/delivery/share"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/testing/smtptest"
)

// onlyOnce checks that nobody got the message twice.
func (f *fixture) onlyOnce() {
	f.t.Helper()
	for address, n := range f.relay.Stats().Accepted {
		if n > 1 {
			f.t.Errorf("%s got %d messages", address, n)
		}
	}
}

// stopsForGood checks that the sender says that the ledger was set back, and that
// no other container of its pod sends anything.
func (f *fixture) stopsForGood(err error) {
	f.t.Helper()
	for range 2 {
		var coded interface{ ExitCode() int }
		if !errors.Is(err, ledger.ErrSetBack) || !errors.As(err, &coded) || coded.ExitCode() != ledger.ExitSetBack {
			f.t.Fatalf("ended with %v\n%s", err, f.log.text.String())
		}
		before := f.sent()
		if err = f.run(f.t.Context()); f.sent() > before {
			f.t.Errorf("%d messages were sent by the container after it", f.sent()-before)
		}
	}
	f.onlyOnce()
}

// A shard that is put back while a pod works on it, as by a restore of etcd, is
// never where it goes on from, whatever it was then.
func TestShardIsSetBackUnderTheSender(t *testing.T) {
	for _, at := range []int{1, 20, 150} {
		t.Run(fmt.Sprint(at), func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				f := newFixture(t, 1, 300, slow(10*time.Millisecond))
				fresh := f.state(0)
				done := f.start(t.Context())
				f.until("the backup", func() bool { return f.sent() >= at })
				backup := f.state(0)
				if at == 1 {
					backup = fresh // of before anybody held it
				}
				f.until("the restore", func() bool { return f.sent() >= 200 })
				f.store.change(shard0, func(s *crier.DeliveryShardState) { *s = *backup.DeepCopy() })
				f.stopsForGood(<-done)
				if n := f.sent(); n > 200+ledger.MaxBatch {
					t.Errorf("%d sent, the restore was at 200", n)
				}
			})
		})
	}
}

// A shard that this pod has done, or another one, is set back: who comes to it again
// knows. Here that is the container after it, which has only the pod's disk.
func TestShardIsSetBackBetweenContainers(t *testing.T) {
	virtual(t, func(t *testing.T) {
		f := newFixture(t, 2, 50, smtptest.Script{})
		fresh := f.state(0)
		f.mustRun()
		f.store.change(shard0, func(s *crier.DeliveryShardState) { *s = fresh })
		f.stopsForGood(f.run(t.Context()))
		f.want(crier.DeliveryTotals{Accepted: 50, Pending: 50})
	})
}

// Before a pod takes a shard of which it knows nothing, it looks at one that it
// knows: a restore puts all of them back. The one that it works on would tell only with
// its next write.
func TestLedgerIsSetBackBeforeAShardIsTaken(t *testing.T) {
	virtual(t, func(t *testing.T) {
		f := newFixture(t, 3, 50, smtptest.Script{Rules: []smtptest.Rule{
			{Phase: smtptest.Dot, Glob: "p01-*", Delay: smtptest.Duration(5 * time.Second)},
		}})
		f.options.Connections, f.options.Timing.Renew = 60, time.Minute
		var backup []crier.DeliveryShardState
		for i := range 3 {
			backup = append(backup, f.state(i))
		}
		restored := false
		f.store.seen = func(s *crier.DeliveryShard) { // under the store's lock
			if restored || s.Name != shard0 || s.State.Totals.Accepted < 50 || s.State.Claim.PodUID != "" {
				return
			}
			restored = true
			for i := range 3 {
				old := f.store.shards[names.ShardName(record, attempt, int32(i))].DeepCopy()
				old.State = *backup[i].DeepCopy()
				f.store.put(old)
			}
		}
		f.stopsForGood(f.run(t.Context()))
		for i := range 50 {
			if f.relay.Stats().Accepted[address(2, i)] > 0 {
				t.Fatal("another shard was taken")
			}
		}
	})
}

// A machine that is set back to a snapshot, or copied, has a pod that doesn't know
// what was written under its claim.
func TestTwinOfAPod(t *testing.T) {
	virtual(t, func(t *testing.T) {
		f := newFixture(t, 1, 300, slow(10*time.Millisecond))
		done := f.start(t.Context())
		f.until("some are sent", func() bool { return f.sent() >= 50 })
		f.store.change(shard0, func(s *crier.DeliveryShardState) { s.Sequence += 5 })
		f.stopsForGood(<-done)
	})
}

// Writes whose answers are lost, and labels that somebody puts on a shard, set
// nothing back.
func TestNothingIsSetBack(t *testing.T) {
	virtual(t, func(t *testing.T) {
		f := newFixture(t, 3, 100, slow(time.Millisecond))
		n := 0
		f.store.lose = func(s *crier.DeliveryShard) error { // under the store's lock
			if n++; n%3 == 0 {
				f.store.put(f.store.shards[s.Name].DeepCopy())
			}
			if n%2 == 0 {
				return context.DeadlineExceeded
			}
			return nil
		}
		f.mustRun()
		f.want(crier.DeliveryTotals{Accepted: 300})
		f.truth()
	})
}

// Rations that are set back end what the pod has, until there are newer ones.
func TestRationsAreSetBack(t *testing.T) {
	virtual(t, func(t *testing.T) {
		f := newFixture(t, 1, 300, slow(10*time.Millisecond))
		done := f.start(t.Context())
		f.until("some are sent", func() bool { return f.sent() >= 50 })
		f.store.mu.Lock()
		rations := f.store.rations
		f.store.rations = func() share.Rations {
			return share.Rations{"uid-0": {Seq: 1, Limit: share.Limit{Connections: 100}}}
		}
		f.store.mu.Unlock()
		time.Sleep(200 * time.Millisecond)
		before := f.sent()
		time.Sleep(time.Second)
		if after := f.sent(); after > before {
			t.Errorf("%d were sent with rations that were set back", after-before)
		}
		f.store.mu.Lock()
		f.store.rations = rations
		f.store.mu.Unlock()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		f.want(crier.DeliveryTotals{Accepted: 300})
	})
}
