package v1alpha1

import (
	"testing"
)

func TestSizeLimit(t *testing.T) {
	for _, c := range []struct {
		announced, own, want int64 // own is not set at 0
	}{{0, 0, 0}, {1000, 0, 1000}, {0, 2000, 2000}, {1000, 2000, 1000}, {2000, 1000, 1000}} {
		r := &Relay{}
		r.Status.MaxMessageBytes = c.announced
		if c.own != 0 {
			r.Spec.Limits.MaxMessageBytes = &c.own
		}
		if got := r.SizeLimit(); got != c.want {
			t.Errorf("announced %d, own %d: %d, want %d", c.announced, c.own, got, c.want)
		}
	}
}
