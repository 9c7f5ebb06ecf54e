package suppression

import (
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

func TestSettle(t *testing.T) {
	r, a, b := &reads{}, types.NamespacedName{Name: "a"}, types.NamespacedName{Name: "b"}
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for _, step := range []struct {
		of    types.NamespacedName
		after time.Duration
		want  time.Duration
	}{
		{a, 0, 0}, {b, 0, 0}, {a, 200 * time.Millisecond, 800 * time.Millisecond}, {a, 800 * time.Millisecond, 0},
		{b, 0, 0}, {a, 999 * time.Millisecond, time.Millisecond}, {a, -time.Hour, 0}, // a clock that was set back
	} {
		now = now.Add(step.after)
		if got := r.wait(step.of, now, Settle); got != step.want {
			t.Errorf("%s at %v: %v, want %v", step.of.Name, now, got, step.want)
		}
	}
	r.forget(a)
	if r.wait(a, now, Settle) != 0 || r.wait(b, now, 0) != 0 {
		t.Error("it waits for nothing")
	}
}
