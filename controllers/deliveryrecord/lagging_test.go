package deliveryrecord

import (
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/gather"
)

// What was read before is heeded for a moment while changes are read, one after
// the other; not for longer, and nothing that can't be read.
func TestLagging(t *testing.T) {
	m := settled(t)
	object := m.stored("all")
	object.UID, object.Generation = "uid", 1
	m.must(m.api.Update(t.Context(), object))
	roster := object.Status.Roster
	now := m.now
	for _, step := range []struct {
		name       string
		after      time.Duration
		generation int64
		read       int64
		ready      bool
		want       bool
	}{
		{"changed", 0, 2, 1, true, true},
		{"still", time.Second, 3, 1, true, true},
		{"read, and changed", 3 * time.Second, 9, 8, true, true},
		{"read, and changed again", 3 * time.Second, 12, 11, true, true},
		{"nothing is read any more", 3 * time.Second, 30, 11, true, false},
		{"nor later", time.Hour, 30, 11, true, false},
		{"read at last", time.Second, 31, 30, true, true},
		{"nobody looked for long", 20 * time.Minute, 32, 30, true, false},
		{"can't be read", time.Second, 33, 32, false, false},
	} {
		now = now.Add(step.after)
		object := m.stored("all")
		object.Generation = step.generation
		m.must(m.api.Update(t.Context(), object))
		object.Status.ObservedGeneration = step.read
		object.Status.Roster = roster.DeepCopy()
		object.Status.Roster.Generation = step.read
		status := metav1.ConditionFalse
		if step.ready {
			status = metav1.ConditionTrue
		}
		meta.SetStatusCondition(&object.Status.Conditions, metav1.Condition{Type: crier.ConditionReady, Status: status, Reason: "R", ObservedGeneration: step.read})
		m.must(m.api.Status().Update(t.Context(), object))
		all, err := gather.SuppressionsOf(t.Context(), m.api, system, m.mail())
		m.must(err)
		if got := m.lagging.bears(all, now); got != step.want || all.Waits() == "" {
			t.Errorf("%s: %t, waits for %q", step.name, got, all.Waits())
		}
	}
}
