package heart

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/delivery/heartbeat"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/testing/apitest"
)

var server *apitest.Server

func TestMain(m *testing.M) { os.Exit(apitest.Main(m, &server)) }

// world is a namespace with a heartbeat, and what becomes of requests.
type world struct {
	*apitest.World
	api api
}

// api loses answers and refuses to write.
type api struct {
	client.Client
	// lost loses the answers of writes, refused the writes.
	lost, refused bool
}

var errAway = errors.New("no answer")

func (w *api) Update(ctx context.Context, obj client.Object, options ...client.UpdateOption) error {
	if w.refused {
		return errAway
	}
	err := w.Client.Update(ctx, obj, options...)
	if w.lost {
		return errors.Join(errAway, err)
	}
	return err
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return &world{World: server.NewWorld(t), api: api{Client: server.Client}}
}

// process is another process of the manager.
func (w *world) process(name string, leads bool) *Keeper {
	elected := make(chan struct{})
	if leads {
		close(elected)
	}
	return &Keeper{
		Client: &w.api, Reader: server.Client, Namespace: w.NS, Me: name, StaleAfter: 30 * time.Minute,
		Leads: elected, Clock: w.Clock,
	}
}

func (w *world) beats(k *Keeper) {
	w.Helper()
	if err := k.Beat(w.Context()); err != nil {
		w.Fatal(err)
	}
}

// holds checks from when on what could have been sent is held; "" for not at all.
func (w *world) holds(k *Keeper, from string) {
	w.Helper()
	gap, err := k.Gap(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	got := ""
	if gap != nil {
		got = "unknown"
		if !gap.From.IsZero() {
			got = gap.From.Format(time.TimeOnly)
		}
	}
	if got != from {
		w.Errorf("holds from %q, want %q", got, from)
	}
}

func (w *world) lease() *coordinationv1.Lease {
	w.Helper()
	return apitest.Get(w, names.HeartbeatLease, &coordinationv1.Lease{})
}

func TestFirstInstallation(t *testing.T) {
	w := newWorld(t)
	k := w.process("a", true)
	w.holds(k, "")
	if at := w.lease().Spec.RenewTime; at == nil || !at.Time.Equal(w.Clock.Now()) {
		t.Errorf("the heartbeat is of %v", at)
	}
	w.Advance(time.Minute)
	w.beats(k)
	w.holds(k, "")
	if at := w.lease().Spec.RenewTime; !at.Time.Equal(w.Clock.Now()) {
		t.Errorf("not renewed: %v", at)
	}
}

// A leader that died is followed by another at once, or after an hour.
func TestTakenOver(t *testing.T) {
	for name, c := range map[string]struct {
		after time.Duration
		from  string
	}{"soon": {5 * time.Minute, ""}, "late": {time.Hour, "09:00:00"}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.beats(w.process("a", true))
			w.Advance(c.after)
			next := w.process("b", false)
			w.beats(next) // waits: it must not make the heartbeat look fresh
			w.holds(next, c.from)
			w.beats(next)
			w.holds(next, c.from)
			w.holds(w.process("c", true), c.from)
		})
	}
}

// Two that take themselves for the leader write by turns, and hold nothing.
func TestTwoLeaders(t *testing.T) {
	w := newWorld(t)
	a, b := w.process("a", true), w.process("b", true)
	for range 3 {
		for _, k := range []*Keeper{a, b, b, a} {
			w.beats(k)
			w.holds(a, "")
			w.holds(b, "")
		}
		w.Clock.SetTime(w.Clock.Now().Add(-time.Second)) // not even if their clocks differ
	}
}

// An answer that is lost is none that says that the heartbeat was set back.
func TestLostAnswers(t *testing.T) {
	w := newWorld(t)
	k := w.process("a", true)
	w.beats(k)
	for range 3 {
		for _, bad := range []*bool{&w.api.lost, &w.api.refused} {
			w.Advance(time.Minute)
			*bad = true
			if err := k.Beat(t.Context()); !errors.Is(err, errAway) {
				t.Fatal(err)
			}
			*bad = false
			w.holds(k, "")
		}
	}
}

// A gap that can't be stored holds all the same, until it can.
func TestAGapThatCantBeStored(t *testing.T) {
	for name, lose := range map[string]func(*world) *bool{
		"refused": func(w *world) *bool { return &w.api.refused }, "answer lost": func(w *world) *bool { return &w.api.lost },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.beats(w.process("a", true))
			w.Advance(time.Hour)
			k, bad := w.process("b", true), lose(w)
			*bad = true
			for range 2 {
				if gap, err := k.Gap(t.Context()); err == nil && gap == nil {
					t.Fatal("it lets something through")
				}
			}
			*bad = false
			w.holds(k, "09:00:00")
		})
	}
}

// The heartbeat is set back under a leader, and under one that waits when the
// leader has died in the restore.
func TestSetBack(t *testing.T) {
	for name, leads := range map[string]bool{"leader": true, "next leader": false} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			a := w.process("a", true)
			w.beats(a)
			was := w.lease()
			w.Advance(5 * time.Minute)
			w.beats(a)
			k := a
			if !leads {
				k = w.process("b", false)
				w.beats(k)
			}
			w.Update(was)
			if !leads {
				w.beats(k) // sees it before it leads
			}
			w.holds(k, "09:00:00")
			w.Advance(time.Minute)
			w.beats(k)
			w.holds(w.process("c", true), "09:00:00")
		})
	}
}

// A heartbeat that is gone is one of which nothing is known, if the ledger was
// written since there are heartbeats.
func TestGone(t *testing.T) {
	w := newWorld(t)
	k := w.process("a", true)
	w.beats(k)
	w.Delete(w.lease())
	w.holds(k, "unknown")

	w = newWorld(t)
	record := &crier.DeliveryRecord{
		Spec:  crier.DeliveryRecordSpec{Purpose: crier.RecordBroadcast, Namespace: w.NS, Broadcast: "news"},
		State: crier.DeliveryRecordState{Run: 1, Stage: crier.RecordRegistered, FirstSeen: metav1.NewTime(apitest.Start)},
	}
	record.Name = names.RecordName(w.NS, "news")
	w.Create(record)
	w.holds(w.process("a", true), "") // of a release without heartbeats
	w.Delete(w.lease())
	record.State.Sequence = 1
	if err := server.Client.Update(t.Context(), record); err != nil {
		t.Fatal(err)
	}
	w.holds(w.process("b", true), "unknown")
	w.Delete(record)
}

// A release is about the gap that it names, and is carried out once.
func TestReleased(t *testing.T) {
	w := newWorld(t)
	w.beats(w.process("a", true))
	w.Advance(time.Hour)
	b := w.process("b", true)
	w.holds(b, "09:00:00")
	lease := w.lease()
	lease.Annotations[crier.AnnotationReleaseGap] = heartbeat.Gap{To: w.Clock.Now()}.Name()
	w.Update(lease)
	w.holds(b, "")
	w.beats(b)
	w.holds(b, "")
	if a := w.lease().Annotations; len(a) != 1 || a[crier.AnnotationLedger] == "" {
		t.Errorf("left: %v", a)
	}
	w.Update(lease) // set back to when it was released: another gap
	w.holds(b, "10:00:00")
}

// With a limit of 0 nothing new is held, and what is held stays so.
func TestOff(t *testing.T) {
	w := newWorld(t)
	w.beats(w.process("a", true))
	w.Advance(time.Hour)
	off := w.process("b", true)
	off.StaleAfter = 0
	w.holds(off, "")
	w.Advance(time.Hour)
	w.holds(w.process("c", true), "10:00:00")
	off = w.process("d", true)
	off.StaleAfter = 0
	w.holds(off, "10:00:00")
}

// With the kind of records all of them go. Those that are made anew know
// nothing, and may come within the minute between two beats.
func TestLedgerMadeAnew(t *testing.T) {
	w := newWorld(t)
	k := w.process("a", true)
	w.holds(k, "")
	lease := w.lease()
	if lease.Annotations[crier.AnnotationLedger] == "" {
		t.Fatal("it doesn't say of which ledger it is")
	}
	lease.Annotations[crier.AnnotationLedger] = "an earlier one"
	w.Update(lease)
	w.holds(k, "unknown")
	w.beats(k)
	w.holds(w.process("b", true), "unknown")
}
