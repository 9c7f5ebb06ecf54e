package subscriberset

import (
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/gather"
	"crier.dev/crier/internal/recipients/roster"
)

func TestImplausible(t *testing.T) {
	both := &crier.SubscriberGuard{MaxShrinkPercent: ptr.To[int32](20), MaxGrowPercent: ptr.To[int32](50)}
	zero := &crier.SubscriberGuard{MaxShrinkPercent: ptr.To[int32](0), MaxGrowPercent: ptr.To[int32](0)}
	all := &crier.SubscriberGuard{MaxShrinkPercent: ptr.To[int32](100)}
	for _, c := range []struct {
		name   string
		guard  *crier.SubscriberGuard
		remote bool
		d      roster.Difference
		want   string
	}{
		{"just enough", both, true, roster.Difference{Before: 10, After: 8, Removed: 2}, ""},
		{"one more", both, true, roster.Difference{Before: 10, After: 7, Removed: 3}, "maxShrinkPercent is 20"},
		{"replaced", both, true, roster.Difference{Before: 10, After: 10, Added: 5, Removed: 5}, "maxShrinkPercent is 20"},
		{"grown enough", both, true, roster.Difference{Before: 10, After: 15, Added: 5}, ""},
		{"grown more", both, true, roster.Difference{Before: 10, After: 16, Added: 6}, "maxGrowPercent is 50"},
		{"the first people", both, true, roster.Difference{After: 5, Added: 5}, ""},
		{"nothing may change", zero, false, roster.Difference{Before: 1000, After: 999, Removed: 1}, "maxShrinkPercent is 0"},
		{"nothing may come", zero, false, roster.Difference{Before: 1000, After: 1001, Added: 1}, "maxGrowPercent is 0"},
		{"nothing changed", zero, false, roster.Difference{Before: 1000, After: 1000}, ""},
		{"nobody left", all, false, roster.Difference{Before: 10, Removed: 10}, "nobody would be left"},
		{"one left", all, false, roster.Difference{Before: 10, After: 1, Removed: 9}, ""},
		{"nobody left of a server", nil, true, roster.Difference{Before: 10, Removed: 10}, "nobody would be left"},
		{"nobody left of a ConfigMap", nil, false, roster.Difference{Before: 10, Removed: 10}, ""},
		{"nobody left, and only growth is guarded", &crier.SubscriberGuard{MaxGrowPercent: ptr.To[int32](1)}, false, roster.Difference{Before: 10, Removed: 10}, ""},
	} {
		if got := implausible(c.guard, c.remote, c.d); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// guarded is a set of a hundred people that may lose a fifth at a time.
func guarded(t *testing.T, f *remoteServer) *world {
	t.Helper()
	f.people = crowd(1, 100)
	w := remote(t, f, func(s *crier.SubscriberSetSpec) {
		s.Guard = &crier.SubscriberGuard{MaxShrinkPercent: ptr.To[int32](20)}
	})
	set, _ := w.steady()
	w.people(set, 100)
	w.events()
	return w
}

// refresh has the source read again.
func (w *world) refresh() *crier.SubscriberSet {
	w.Helper()
	w.pass(2 * time.Hour)
	set, _ := w.steady()
	return set
}

// command is the annotation that the condition Synced asks for.
func (w *world) command(set *crier.SubscriberSet) string {
	w.Helper()
	c := meta.FindStatusCondition(set.Status.Conditions, crier.ConditionSynced)
	begin := "kubectl annotate subscriberset staff -n " + w.NS + " " + crier.AnnotationAcceptSync + "="
	_, rest, ok := strings.Cut(c.Message, begin)
	value, end, _ := strings.Cut(rest, " ")
	if !ok || end != "--overwrite" {
		w.Fatalf("no command in %q", c.Message)
	}
	return value
}

func (w *world) accept(value string) *crier.SubscriberSet {
	w.Helper()
	w.edit(func(s *crier.SubscriberSet) { s.Annotations = map[string]string{crier.AnnotationAcceptSync: value} })
	set, _ := w.steady()
	return set
}

func TestHeldAndAccepted(t *testing.T) {
	f := &remoteServer{}
	w := guarded(t, f)
	f.people = crowd(1, 60)
	set := w.refresh()
	w.Expect(set, crier.ReasonReady, "100 subscribers as of 2026-03-02 09:00:00 UTC; a sync has been held since 2026-03-02 11:00:00 UTC")
	w.synced(set, "False", crier.ReasonSyncHeld, "add 0 and remove 40 of 100 subscribers (maxShrinkPercent is 20)")
	w.people(set, 100)
	held := set.Status.Held
	if !gather.SetReady(set) || held == nil || held.Subscribers != 60 || held.Removed != 40 || !held.Since.Time.Equal(w.Clock.Now()) {
		t.Fatalf("held %+v", held)
	}
	w.oneEvent("Warning SyncHeld A sync is held that")

	// It stays so, and an annotation that isn't this one changes nothing.
	reads := f.reads
	set = w.accept("sha256:0000")
	if set.Status.Held == nil || f.reads != reads {
		t.Errorf("another annotation: held %+v, %d reads more", set.Status.Held, f.reads-reads)
	}
	set = w.refresh()
	if set.Status.Held.Since != held.Since || len(w.events()) != 0 {
		t.Errorf("held again: %+v", set.Status.Held)
	}
	value := w.command(set)
	if value != held.Digest {
		t.Errorf("the command has %q, held is %q", value, held.Digest)
	}
	set = w.accept(value)
	w.Expect(set, crier.ReasonReady, "60 subscribers.")
	w.synced(set, "True", crier.ReasonSynced, "")
	w.people(set, 60)
	if s := set.Status; s.Held != nil || s.Attempt != nil || s.Sync.Removed != 40 || s.Sync.Accepted != value {
		t.Errorf("status %+v", s)
	}
	w.oneEvent("Normal Synced")

	// The annotation stays, and lets nothing else through: not even the same
	// people once more.
	f.people = crowd(1, 100)
	w.people(w.refresh(), 100)
	f.people = crowd(1, 60)
	set = w.refresh()
	w.people(set, 100)
	if set.Status.Held == nil || set.Status.Held.Digest != held.Digest {
		t.Fatalf("the consent was used twice: %+v", set.Status)
	}
	again := w.command(set)
	if again == value {
		t.Fatalf("the command would change nothing: %q", again)
	}
	set = w.accept(again)
	w.people(set, 60)
}

func TestHeldSyncThatMendsItself(t *testing.T) {
	f := &remoteServer{}
	w := guarded(t, f)
	f.people = crowd(1, 10)
	if set := w.refresh(); set.Status.Held == nil {
		t.Fatal("not held")
	}
	if len(w.parts()) != 2 {
		t.Errorf("parts %v", w.parts())
	}
	f.people = crowd(1, 99)
	set := w.refresh()
	w.people(set, 99)
	w.synced(set, "True", crier.ReasonSynced, "")
	w.pass(keepPrevious)
	if w.steady(); set.Status.Held != nil || len(w.parts()) != 1 {
		t.Errorf("held %+v, parts %v", set.Status.Held, w.parts())
	}
}

// The source moves on while a person makes up his mind.
func TestHeldSyncThatMoves(t *testing.T) {
	f := &remoteServer{}
	w := guarded(t, f)
	f.people = crowd(1, 60)
	set := w.refresh()
	value := w.command(set)

	f.people = crowd(2, 61) // one left, one came
	if set = w.refresh(); w.command(set) != value {
		t.Error("the command changed with one person")
	}
	f.people = crowd(1, 60)
	f.people = append(f.people[:20:20], crowd(101, 140)...) // as many, but others
	set = w.accept(value)
	w.people(set, 100)
	if set.Status.Held == nil || set.Status.Held.Digest == value || set.Status.Held.Added != 40 || set.Status.Held.Removed != 80 {
		t.Fatalf("held %+v", set.Status.Held)
	}
	other := w.command(set)
	f.people = f.people[:50] // within the guard of what is held now
	set = w.accept(other)
	w.people(set, 50)
	if set.Status.Sync.Accepted != other {
		t.Errorf("accepted %q", set.Status.Sync.Accepted)
	}
}

func TestAcceptedBeforeItIsHeld(t *testing.T) {
	f := &remoteServer{}
	w := guarded(t, f)
	f.people = crowd(1, 60)
	value := w.command(w.refresh())
	f.people = crowd(1, 100)
	w.refresh()
	w.accept(value)
	f.people = crowd(1, 60)
	w.people(w.refresh(), 60)
}

func TestAcceptedWhileTheSourceIsDown(t *testing.T) {
	f := &remoteServer{}
	w := guarded(t, f)
	f.people = crowd(1, 60)
	value := w.command(w.refresh())
	f.err = down("Nobody answers.")
	reads := f.reads
	set := w.accept(value)
	w.synced(set, "False", crier.ReasonSourceUnavailable, "A sync is also held.")
	if w.people(set, 100); f.reads != reads+1 || set.Status.Held == nil {
		t.Errorf("%d reads, held %+v", f.reads-reads, set.Status.Held)
	}
	if w.steady(); f.reads != reads+1 {
		t.Errorf("%d reads", f.reads-reads)
	}
	f.err = nil
	w.people(w.refresh(), 60)
}

func TestGuardIsChanged(t *testing.T) {
	f := &remoteServer{}
	w := guarded(t, f)
	f.people = crowd(1, 60)
	w.refresh()
	w.edit(func(s *crier.SubscriberSet) { s.Spec.Guard.MaxShrinkPercent = ptr.To[int32](50) })
	set, _ := w.steady()
	w.people(set, 60)
}

// Another source whose people aren't plausible leaves the set without a roster
// of its spec: that needs a person.
func TestHeldAfterAnEdit(t *testing.T) {
	f := &remoteServer{}
	w := guarded(t, f)
	f.people = crowd(1, 60)
	w.edit(func(s *crier.SubscriberSet) { s.Spec.Source.HTTPS.URL += "/2" })
	set, _ := w.steady()
	w.Expect(set, crier.ReasonSyncHeld, "remove 40 of 100")
	if gather.SetReady(set) || !meta.IsStatusConditionTrue(set.Status.Conditions, crier.ConditionStalled) {
		t.Error("ready with the roster of another source")
	}
	w.people(set, 100)
	w.oneEvent("Warning SyncHeld")
}

func TestServerThatGivesNobody(t *testing.T) {
	f := &remoteServer{people: crowd(1, 3)}
	w := remote(t, f, nil)
	w.steady()
	f.people = nil
	set := w.refresh()
	w.synced(set, "False", crier.ReasonSyncHeld, "remove 3 of 3 subscribers (nobody would be left)")
	w.people(set, 3)
	set = w.accept(w.command(set))
	w.Expect(set, crier.ReasonReady, "0 subscribers.")
	w.people(set, 0)
	f.people = crowd(1, 3)
	w.people(w.refresh(), 3)
	f.people = nil
	if set = w.refresh(); set.Status.Held == nil {
		t.Error("nobody at all was let through by a consent that was used up")
	}
}

func TestGuardOfAConfigMap(t *testing.T) {
	w := newWorld(t)
	cm := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "people"}, Data: map[string]string{"a.csv": "email\n1@example.gov\n2@example.gov\n3@example.gov\n"}}
	w.Create(cm)
	set := csvSet(configMap("people"))
	set.Spec.Guard = &crier.SubscriberGuard{MaxShrinkPercent: ptr.To[int32](50), MaxAge: &metav1.Duration{Duration: time.Hour}}
	w.Create(set)
	w.steady()
	cm.Data["a.csv"] = "email\n1@example.gov\n"
	if err := w.r.Client.Update(t.Context(), cm); err != nil {
		t.Fatal(err)
	}
	w.pass(48 * time.Hour)
	got, _ := w.steady()
	w.Expect(got, crier.ReasonReady, "3 subscribers as of")
	w.synced(got, "False", crier.ReasonSyncHeld, "remove 2 of 3")
	w.people(got, 3)
	w.people(w.accept(w.command(got)), 1)
}

func TestSetMadeAnew(t *testing.T) {
	f := &remoteServer{}
	w := guarded(t, f)
	f.people = crowd(1, 10)
	set := w.refresh()
	if err := w.r.Client.Delete(t.Context(), set.DeepCopy()); err != nil {
		t.Fatal(err)
	}
	anew := &crier.SubscriberSet{ObjectMeta: metav1.ObjectMeta{Name: "staff"}, Spec: set.Spec}
	w.Create(anew) // before a pass has seen that it was gone
	got, _ := w.steady()
	w.people(got, 10)
	if got.Status.Held != nil {
		t.Error("the first sync of a set was held")
	}
}

// Whatever a set was in, a status that is wiped changes no decision.
func TestWipedStatusOfARemoteSet(t *testing.T) {
	t.Run("ready", func(t *testing.T) {
		f := &remoteServer{}
		w := guarded(t, f)
		w.wipe()
		set, _ := w.steady()
		w.Expect(set, crier.ReasonReady, "100 subscribers.")
		if w.people(set, 100); f.reads != 2 {
			t.Errorf("%d reads", f.reads)
		}
	})
	t.Run("down", func(t *testing.T) {
		f := &remoteServer{}
		w := guarded(t, f)
		f.err = down("Nobody answers.")
		w.refresh()
		w.wipe()
		set, _ := w.steady()
		w.Expect(set, crier.ReasonReady, "100 subscribers as of")
		if w.people(set, 100); !gather.SetReady(set) {
			t.Error("not ready")
		}
	})
	t.Run("held", func(t *testing.T) {
		f := &remoteServer{}
		w := guarded(t, f)
		f.people = crowd(1, 10)
		w.refresh()
		w.wipe()
		set, _ := w.steady()
		w.synced(set, "False", crier.ReasonSyncHeld, "remove 90 of 100")
		w.people(set, 100)
		w.people(w.accept(w.command(set)), 10)
	})
	t.Run("held after an edit", func(t *testing.T) {
		f := &remoteServer{}
		w := guarded(t, f)
		f.people = crowd(1, 10)
		w.edit(func(s *crier.SubscriberSet) { s.Spec.Source.HTTPS.URL += "/2" })
		w.steady()
		w.wipe()
		for range 2 {
			set, _ := w.steady()
			w.Expect(set, crier.ReasonSyncHeld, "remove 90 of 100")
			w.pass(2 * time.Hour)
		}
	})
	t.Run("accepted", func(t *testing.T) {
		f := &remoteServer{}
		w := guarded(t, f)
		f.people = crowd(1, 10)
		value := w.command(w.refresh())
		w.accept(value)
		f.people = crowd(1, 100)
		w.people(w.refresh(), 100)
		w.wipe()
		f.people = crowd(1, 10)
		set, _ := w.steady()
		w.people(set, 100)
		if set.Status.Held == nil {
			t.Error("the consent was used twice")
		}
	})
	t.Run("too old", func(t *testing.T) {
		f := &remoteServer{}
		w := guarded(t, f)
		w.edit(func(s *crier.SubscriberSet) { s.Spec.Guard.MaxAge = &metav1.Duration{Duration: time.Hour} })
		w.pass(100 * time.Hour)
		f.err = down("Nobody answers.")
		w.wipe()
		set, _ := w.steady()
		w.Expect(set, crier.ReasonRosterTooOld, "Nobody answers.")
	})
	t.Run("in part", func(t *testing.T) {
		f := &remoteServer{}
		w := guarded(t, f)
		set, _ := w.steady()
		for name, change := range map[string]func(*crier.SubscriberSetStatus){
			"sync":       func(s *crier.SubscriberSetStatus) { s.Sync = nil },
			"inputs":     func(s *crier.SubscriberSetStatus) { s.Sync.Inputs = "" },
			"conditions": func(s *crier.SubscriberSetStatus) { s.Conditions = nil },
			"digest":     func(s *crier.SubscriberSetStatus) { s.Roster.Digest = "sha256:" + strings.Repeat("0", 64) },
			"attempt": func(s *crier.SubscriberSetStatus) {
				s.Attempt = &crier.SyncAttempt{At: set.Status.Sync.At, Since: set.Status.Sync.At, Reason: crier.ReasonSourceRefused, Next: metav1.Time{Time: w.Clock.Now().Add(time.Hour)}}
			},
		} {
			changed := set.DeepCopy()
			changed.ResourceVersion = ""
			change(&changed.Status)
			changed.ManagedFields = nil
			now, _ := w.steady()
			changed.ResourceVersion = now.ResourceVersion
			if err := w.r.Client.Status().Update(t.Context(), changed); err != nil {
				t.Fatal(name, err)
			}
			got, _ := w.steady()
			t.Log(name)
			w.Expect(got, crier.ReasonReady, "100 subscribers.")
			w.people(got, 100)
		}
	})
}

func TestRosterIsOnlyTakenForHeldWhileItIs(t *testing.T) {
	f := &remoteServer{}
	w := guarded(t, f)
	f.people = crowd(1, 60)
	set := w.refresh()
	w.accept(w.command(set))
	w.pass(keepPrevious)
	w.steady()
	if len(w.parts()) != 1 {
		t.Fatalf("parts %v", w.parts())
	}
	w.wipe()
	f.err = down("Nobody answers.")
	set, _ = w.steady()
	w.people(set, 60)
	if !slices.ContainsFunc(set.Status.Conditions, func(c metav1.Condition) bool { return c.Type == crier.ConditionReady && c.Status == "True" }) {
		t.Error("not ready")
	}
}
