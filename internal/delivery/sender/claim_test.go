package sender

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/delivery/ledger"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/testing/smtptest"
)

var shard0 = names.ShardName(record, attempt, 0)

func (f *fixture) start(ctx context.Context) <-chan error {
	done := make(chan error, 1)
	go func() { done <- f.run(ctx) }()
	return done
}

// steal is what a manager does that can't hear of the pod, and then a pod of
// another worker.
func (f *fixture) steal() {
	f.store.change(shard0, func(s *crier.DeliveryShardState) {
		if err := ledger.Release(s, int32(f.size), time.Now()); err != nil {
			f.t.Error(err)
		}
		other := ledger.Holder{PodUID: "uid-other", PodName: "other", Worker: 1}
		if err := ledger.Claim(s, other, time.Now()); err != nil {
			f.t.Error(err)
		}
	})
}

func TestStolenClaimStopsTheSender(t *testing.T) {
	virtual(t, func(t *testing.T) {
		f := newFixture(t, 1, 100, slow(30*time.Millisecond))
		f.options.Workers = 2
		done := f.start(t.Context())
		f.until("some are sent", func() bool { return f.sent() >= 5 })
		f.steal()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		state := f.state(0)
		if f.sent() > firstBatch || state.Claim.PodUID != "uid-other" || state.Intent != nil {
			t.Errorf("%d sent of a batch of %d; %+v", f.sent(), firstBatch, state.Claim)
		}
		// What it did in the meantime was corrected from its journal.
		if state.Totals.Accepted != int64(f.sent()) {
			t.Errorf("%+v, the relay has %d", state.Totals, f.sent())
		}
		f.noJournals()
	})
}

func TestTerminationWaitsForReplies(t *testing.T) {
	virtual(t, func(t *testing.T) {
		f := newFixture(t, 2, 50, slow(400*time.Millisecond))
		f.options.Connections = 4
		ctx, terminate := context.WithCancel(t.Context())
		done := f.start(ctx)
		f.until("all lanes wait", func() bool { return f.relay.Stats().Open == 4 })
		time.Sleep(100 * time.Millisecond)
		terminate()
		if err := <-done; !errors.Is(err, Interrupted{}) {
			t.Fatalf("ended with %v", err)
		}
		if f.sent() == 0 {
			t.Error("nothing was sent")
		}
		f.want(crier.DeliveryTotals{Accepted: int64(f.sent()), Pending: int64(100 - f.sent())})
		f.truth()
		f.noJournals()
	})
}

func TestTerminationDoesntWaitForEver(t *testing.T) {
	virtual(t, func(t *testing.T) {
		f := newFixture(t, 1, 50, slow(20*time.Second))
		f.options.Timing.Grace = 200 * time.Millisecond
		ctx, terminate := context.WithCancel(t.Context())
		done := f.start(ctx)
		f.until("both lanes have ended a message", func() bool {
			entries, _, _ := readJournal(directory(f.options.Journal), shard0)
			return len(entries) == 3
		})
		terminate()
		if err := <-done; !errors.Is(err, Interrupted{}) {
			t.Fatalf("ended with %v", err)
		}
		f.want(crier.DeliveryTotals{Unknown: 2, Pending: 48})
	})
}

func TestNothingIsSentWithoutWrites(t *testing.T) {
	away := apierrors.NewServiceUnavailable("away")
	forbidden := apierrors.NewForbidden(shardResource, shard0, errors.New("no"))
	for name, answer := range map[string]error{"away": away, "forbidden": forbidden} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				f := newFixture(t, 1, 300, slow(20*time.Millisecond))
				f.options.Timing.Lease = 300 * time.Millisecond
				f.options.Timing.Renew = 100 * time.Millisecond
				var cut atomic.Bool
				f.store.refuse = func(*crier.DeliveryShard) error {
					if cut.Load() {
						return answer
					}
					return nil
				}
				done := f.start(t.Context())
				f.until("some are sent", func() bool { return f.sent() >= 30 })
				cut.Store(true)
				time.Sleep(400 * time.Millisecond)
				before := f.sent()
				time.Sleep(200 * time.Millisecond)
				if after := f.sent(); after != before {
					t.Errorf("%d messages were sent after the lease", after-before)
				}
				if name == "forbidden" {
					if err := <-done; !apierrors.IsForbidden(err) {
						t.Errorf("ended with %v", err)
					}
					return
				}
				cut.Store(false)
				if err := <-done; err != nil {
					t.Fatal(err)
				}
				f.want(crier.DeliveryTotals{Accepted: 300})
				f.truth()
			})
		})
	}
}

func TestLostAnswersChangeNothing(t *testing.T) {
	virtual(t, func(t *testing.T) {
		f := newFixture(t, 1, 150, smtptest.Script{Rules: []smtptest.Rule{
			{Glob: "*1@*", Code: 550, Enhanced: "5.1.1", Text: "No such user"},
		}})
		n := 0
		f.store.lose = func(*crier.DeliveryShard) error {
			if n++; n%2 == 1 {
				return context.DeadlineExceeded
			}
			return nil
		}
		f.mustRun()
		f.want(crier.DeliveryTotals{Accepted: 135, Failed: 15})
		f.truth()
		for _, e := range f.state(0).Exceptions {
			if e.Attempts != 1 {
				t.Errorf("%d has %d attempts", e.Index, e.Attempts)
			}
		}
	})
}

func TestQuietEnds(t *testing.T) {
	for _, c := range []struct {
		name string
		stop func(f *fixture)
	}{
		{"withdrawn", func(f *fixture) { f.conn.Allowed = false; f.connect(f.conn) }},
		{"connection is gone", func(f *fixture) {
			f.store.mu.Lock()
			defer f.store.mu.Unlock()
			delete(f.store.secrets, names.HandoutSecretName(record, attempt))
		}},
		{"record is being deleted", func(f *fixture) {
			f.store.mu.Lock()
			defer f.store.mu.Unlock()
			delete(f.store.shards, shard0)
			delete(f.store.secrets, names.HandoutSecretName(record, attempt))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				f := newFixture(t, 1, 200, slow(10*time.Millisecond))
				done := f.start(t.Context())
				f.until("some are sent", func() bool { return f.sent() >= 10 })
				c.stop(f)
				if err := <-done; err != nil {
					t.Fatal(err)
				}
				if f.sent() > 100 {
					t.Errorf("%d sent", f.sent())
				}
				if c.name != "record is being deleted" {
					f.want(crier.DeliveryTotals{Accepted: int64(f.sent()), Pending: int64(200 - f.sent())})
					f.truth()
				}
			})
		})
	}
}

func TestDeadline(t *testing.T) {
	virtual(t, func(t *testing.T) {
		f := newFixture(t, 1, 200, slow(10*time.Millisecond))
		f.options.Deadline = time.Now().Add(300 * time.Millisecond)
		f.mustRun()
		f.want(crier.DeliveryTotals{Accepted: int64(f.sent()), Pending: int64(200 - f.sent())})
		f.truth()
		if n := f.sent(); n == 0 || n > 100 {
			t.Errorf("%d sent", n)
		}
	})
}

func TestAnothersRecipientsAreNotTaken(t *testing.T) {
	virtual(t, func(t *testing.T) {
		f := newFixture(t, 1, 20, smtptest.Script{})
		f.store.mu.Lock()
		f.store.shards[shard0].Spec.Recipients = 19
		f.store.mu.Unlock()
		if err := f.run(t.Context()); err == nil || !strings.Contains(err.Error(), "20 recipients") || f.sent() > 0 {
			t.Errorf("%v, %d sent", err, f.sent())
		}
	})
}

// The answer to the write that gives a shard back may be lost: then it looks as
// if somebody had taken the shard away, but there is still room for the others.
func TestTheLastAnswerOfEachShardIsLost(t *testing.T) {
	virtual(t, func(t *testing.T) {
		f := newFixture(t, 8, 90, slow(2*time.Millisecond))
		f.options.Timing.Renew = time.Minute // so that intents are large at the end, too
		lost := map[string]bool{}
		f.store.lose = func(s *crier.DeliveryShard) error { // under the store's lock
			if s.State.Claim.PodUID != "" || lost[s.Name] {
				return nil
			}
			lost[s.Name] = true
			return apierrors.NewTimeoutError("lost", 1)
		}
		select {
		case err := <-f.start(t.Context()):
			if err != nil {
				t.Fatal(err)
			}
		case <-time.After(30 * time.Second):
			t.Fatalf("it stands still: %+v", f.totals())
		}
		f.want(crier.DeliveryTotals{Accepted: 720})
		f.truth()
		f.noJournals()
	})
}
