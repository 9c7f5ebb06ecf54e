package flow_test

import (
	"context"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/sharebook"
	"crier.dev/crier/internal/delivery/ledger"
	"crier.dev/crier/internal/names"
)

// inAWeek is time enough for a message that takes days.
func inAWeek(b *crier.Broadcast) { b.Spec.NotAfter = &metav1.Time{Time: start.Add(7 * 24 * time.Hour)} }

// portion sends what the pass may, and ends it.
func (w *world) portion(record string, reply replies) int {
	w.Helper()
	n := w.send(record, 1<<20, reply)
	w.carry(record)
	w.endJob(record)
	w.carry(record)
	return n
}

// A daily limit cuts a message into portions, one each day, and says when it
// goes on. What fails for good doesn't count, and nobody is tried twice.
func TestDailyLimitCutsIntoPortions(t *testing.T) {
	w := newWorld(t, 120)
	w.limits(func(l *crier.RelayLimits) { l.Daily = new(int64(50)) })
	record := w.begin("news", inAWeek)
	got := map[int]int{}
	reply := func(i int) ledger.Result {
		got[i]++
		if i < 10 {
			return ends(i, crier.DeliveryFailed, "no such user")
		}
		return accepted(i)
	}
	for day, want := range []int{50, 10, 50, 10} { // ten failed: they are made up for on the same day
		w.restart(api)
		if n := w.portion(record, reply); n != want {
			t.Fatalf("portion %d: sent to %d, want %d", day, n, want)
		}
		w.Advance(10 * time.Second)
		w.carry(record)
		if day == 0 {
			continue // more at once
		}
		if day < 3 {
			b := w.look(crier.ReasonDailyLimit, "continues by itself at "+start.Truncate(time.Hour).Add(time.Duration(day)*25*time.Hour).UTC().Format(time.RFC3339))
			if b.Status.Phase != crier.PhaseSending {
				t.Errorf("phase %s", b.Status.Phase)
			}
			w.Clock.SetTime(w.Clock.Now().Truncate(time.Hour).Add(25 * time.Hour))
			w.carry(record)
		}
	}
	w.look(crier.ReasonSentWithFailures, "10 failed")
	for i := range 120 {
		if got[i] != 1 {
			t.Errorf("recipient %d was sent to %d times", i, got[i])
		}
	}
}

// What one message may send today, no other one can.
func TestDailyLimitIsSharedByAll(t *testing.T) {
	w := newWorld(t, 40)
	w.limits(func(l *crier.RelayLimits) { l.Daily = new(int64(60)) })
	a := w.begin("first", inAWeek)
	b := w.begin("second", inAWeek)
	if first, second := w.recordOf(a).State.Pass.Budget, w.recordOf(b).State.Pass.Budget; first != 40 || second != 20 {
		t.Fatalf("budgets %d and %d of 60", first, second)
	}
	if n := w.portion(b, accepted); n != 20 {
		t.Errorf("sent to %d", n)
	}
	// Those that were deferred cost nothing: the other one gets them.
	w.portion(a, func(i int) ledger.Result {
		if i < 15 {
			return ends(i, crier.DeliveryDeferred, "later")
		}
		return accepted(i)
	})
	w.Advance(10 * time.Second)
	w.carry(b)
	if got := w.recordOf(b).State.Pass.Budget; got != 15 {
		t.Errorf("budget %d, want 15", got)
	}
	// A limit that is gone binds nobody.
	w.portion(b, accepted)
	w.limits(func(l *crier.RelayLimits) { l.Daily = nil })
	w.Advance(10 * time.Second)
	w.carry(b)
	if n := w.portion(b, accepted); n != 5 {
		t.Errorf("sent to %d without a limit, want the last 5", n)
	}
}

// Two managers that take from the same day at the same time: only one gets it.
func TestTwoManagersTakeFromOneDay(t *testing.T) {
	w := newWorld(t, 40)
	w.limits(func(l *crier.RelayLimits) { l.Daily = new(int64(60)) })
	for _, name := range []string{"first", "second"} {
		b := w.Broadcast()
		b.Name = name
		inAWeek(b)
		w.Create(b)
		if _, err := w.broadcasts.Reconcile(w.Context(), ctrl.Request{NamespacedName: client.ObjectKeyFromObject(b)}); err != nil {
			t.Fatal(err)
		}
	}
	a, b := names.RecordName(w.NS, "first"), names.RecordName(w.NS, "second")
	book := sharebook.Name(crier.NamespacedReference{Namespace: w.NS, Name: "main"})
	overtaken := false
	overtake := func(obj client.Object) {
		if obj.GetName() == book && !overtaken {
			overtaken = true
			w.restart(api)
			w.carry(b)
		}
	}
	w.restart(interceptor.NewClient(api, interceptor.Funcs{
		Create: func(ctx context.Context, c client.WithWatch, obj client.Object, opts ...client.CreateOption) error {
			overtake(obj)
			return c.Create(ctx, obj, opts...)
		},
		Update: func(ctx context.Context, c client.WithWatch, obj client.Object, opts ...client.UpdateOption) error {
			overtake(obj)
			return c.Update(ctx, obj, opts...)
		},
	}))
	w.carry(a)
	if !overtaken || w.recordOf(a).State.Pass != nil {
		t.Fatalf("the slow manager started %+v", w.recordOf(a).State.Pass)
	}
	w.carry(a)
	if first, second := w.recordOf(a).State.Pass.Budget, w.recordOf(b).State.Pass.Budget; first != 20 || second != 40 {
		t.Errorf("budgets %d and %d of 60", first, second)
	}
}
