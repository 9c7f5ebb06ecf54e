package flow_test

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/delivery/ledger"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/testing/apitest"
)

// claim leaves a shard held, with an intent open, as a sender does that dies.
func (w *world) claim(h ledger.Holder, recipients ...int) {
	w.Helper()
	record := w.record()
	shard := w.shards(record)[0]
	now := w.Clock.Now()
	must(w,
		ledger.Bring(&shard.State, ledger.Pass{Number: record.State.Pass.Number}, now),
		ledger.Claim(&shard.State, h, now), ledger.Begin(&shard.State, recipients, now))
	w.updateShard(&shard)
}

func (w *world) held() string { w.Helper(); return w.shards(w.record())[0].State.Claim.PodUID }

func TestClaimsOfPods(t *testing.T) {
	lost := func(w *world, p *corev1.Pod) { w.gone(p) }
	for _, c := range []struct {
		name  string
		fate  func(*world, *corev1.Pod)
		after time.Duration
		freed bool
	}{
		{"alive long after its lease", func(*world, *corev1.Pod) {}, time.Hour, false},
		{"gone", lost, 61 * time.Second, false},
		{"gone, and its lease with it", lost, 76 * time.Second, true},
		{"failed", func(w *world, p *corev1.Pod) { w.phase(p, corev1.PodFailed) }, 76 * time.Second, true},
		{"ended", func(w *world, p *corev1.Pod) { w.phase(p, corev1.PodSucceeded) }, 76 * time.Second, true},
		{"ended just now", func(w *world, p *corev1.Pod) { w.phase(p, corev1.PodSucceeded) }, 30 * time.Second, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, 10)
			w.frozen()
			pod := w.pod(w.recordName(), corev1.PodRunning)
			w.claim(ledger.Holder{PodUID: string(pod.UID), PodName: pod.Name}, 0, 1, 2)
			w.carry(w.recordName())
			c.fate(w, pod)
			w.Advance(c.after)
			w.carry(w.recordName())
			freed := w.held() == ""
			if freed != c.freed {
				t.Errorf("freed: %t", freed)
			}
			if totals := w.record().State.Totals; freed && totals.Unknown != 3 || !freed && totals.Unknown != 0 {
				t.Errorf("totals %+v", totals)
			}
		})
	}
}

// A pass ends only when no pod and no claim is left.
func TestStopWaitsForSenders(t *testing.T) {
	w := newWorld(t, 10)
	w.frozen()
	pod := w.pod(w.recordName(), corev1.PodRunning)
	w.claim(ledger.Holder{PodUID: string(pod.UID)}, 0)
	apitest.Edit(w, "news", &crier.Broadcast{}, func(b *crier.Broadcast) { b.Spec.Suspend = true })
	w.carry(w.recordName())
	if r := w.record(); r.State.Stopped || r.State.Pass.EndedAt != nil || len(w.jobs(r.Name)) > 0 {
		t.Errorf("with a pod: %+v", r.State)
	}
	w.gone(pod)
	w.carry(w.recordName())
	if r := w.record(); r.State.Stopped {
		t.Error("with a claim: stopped")
	}
	w.Advance(2 * time.Minute)
	w.carry(w.recordName())
	if r := w.record(); !r.State.Stopped || r.State.Pass.EndedAt == nil || r.State.Totals.Unknown != 1 {
		t.Errorf("%+v", r.State)
	}
	w.look(crier.ReasonSuspended, "")
	apitest.Edit(w, "news", &crier.Broadcast{}, func(b *crier.Broadcast) { b.Spec.Suspend = false })
	w.carry(w.recordName())
	w.Advance(10 * time.Second)
	w.carry(w.recordName())
	r := w.record()
	if r.State.Pass.Number != 1 || len(w.jobs(r.Name)) != 1 || names.SenderJobName(r.State.Pass.Job, 0) != w.jobs(r.Name)[0].Name {
		t.Errorf("pass %+v, %d jobs", r.State.Pass, len(w.jobs(r.Name)))
	}
	if n := w.send(r.Name, 100, accepted); n != 9 {
		t.Errorf("%d sent, want all but the unknown one", n)
	}
}

func TestMissingShardHolds(t *testing.T) {
	w := newWorld(t, 10)
	w.frozen()
	shard := w.shards(w.record())[0]
	w.Delete(&shard)
	w.carry(w.recordName())
	w.look(crier.ReasonLedgerLost, "shards of the record were deleted")
	if r := w.stage(crier.RecordFrozen); len(w.jobs(r.Name)) > 0 {
		t.Error("senders go on")
	}
	w.Advance(time.Minute)
	w.carry(w.recordName())
	w.stage(crier.RecordFrozen)
}

// A resend of the failed that is cut off tries nobody twice and skips nobody.
func TestResendIsCutOff(t *testing.T) {
	w := newWorld(t, 10)
	w.frozen()
	w.over(func(i int) result { return ends(i, crier.DeliveryFailed, "No") })
	w.resend("one", crier.ResendFailed)
	w.carry(w.recordName())
	first := w.send(w.recordName(), 4, func(i int) result { return ends(i, crier.DeliveryFailed, "Still no") })
	job := w.jobs(w.recordName())[0]
	w.Delete(&job) // by whoever
	w.carry(w.recordName())
	w.Advance(10 * time.Second)
	w.carry(w.recordName())
	second := w.send(w.recordName(), 100, accepted)
	if first != 4 || second != 6 || w.record().State.Pass.Number != 2 {
		t.Errorf("%d and %d of 10 in pass %d", first, second, w.record().State.Pass.Number)
	}
	w.endJob(w.recordName())
	w.carry(w.recordName())
	w.look(crier.ReasonSentWithFailures, "60.0%")
	w.carry(w.recordName())
	if w.reportRecords() != 1 {
		t.Errorf("%d reports", w.reportRecords())
	}
}

// A resend to all sends to everybody once, however it is cut off.
func TestResendToAllIsCutOff(t *testing.T) {
	w := newWorld(t, 10)
	w.frozen()
	w.over(accepted)
	w.resend("all", crier.ResendAll)
	w.carry(w.recordName())
	first := w.send(w.recordName(), 4, accepted)
	job := w.jobs(w.recordName())[0]
	w.Delete(&job)
	w.carry(w.recordName())
	w.Advance(10 * time.Second)
	w.carry(w.recordName())
	if second := w.send(w.recordName(), 100, accepted); first != 4 || second != 6 {
		t.Errorf("%d and %d of 10", first, second)
	}
	w.resend("all", crier.ResendAll) // the same token: nothing
	w.endJob(w.recordName())
	w.carry(w.recordName())
	w.look(crier.ReasonSent, "")
	w.stage(crier.RecordFinished)
}

// A resend to all that never began has reached nobody, whoever got the message
// before.
func TestResendToAllThatNeverBegan(t *testing.T) {
	w := newWorld(t, 10)
	w.frozen()
	w.over(accepted)
	w.look(crier.ReasonSent, "")
	w.resend("all", crier.ResendAll)
	apitest.Edit(w, "news", &crier.Broadcast{}, func(b *crier.Broadcast) { b.Spec.Suspend = true })
	w.carry(w.recordName())
	w.Advance(100 * 24 * time.Hour)
	w.carry(w.recordName())
	if s := w.stage(crier.RecordFinished).State; s.Result != crier.ReasonDeadlineMissed || s.Totals.Pending != 10 || s.Totals.Accepted != 0 {
		t.Errorf("%s, %+v", s.Result, s.Totals)
	}
	w.look(crier.ReasonDeadlineMissed, "10 of 10 were not")
}

func (w *world) resend(token string, only crier.ResendSelection) {
	w.Helper()
	w.Advance(time.Minute)
	apitest.Edit(w, "news", &crier.Broadcast{}, func(b *crier.Broadcast) {
		b.Spec.Resend = &crier.Resend{Token: token, Only: only, NotAfter: *b.Spec.NotAfter}
	})
	w.look(crier.ReasonSending, "")
}
