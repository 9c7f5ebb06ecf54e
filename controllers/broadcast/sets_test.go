package broadcast

import (
	"testing"

	crier "crier.dev/crier/api/v1alpha1"
)

// Every list of a message opens its sets, and those that it excludes.
func TestOpened(t *testing.T) {
	sets := make([]crier.SubscriberSet, 3)
	if n := opened([]reach{{sets: sets, exclude: sets[:1]}, {sets: sets}, {}}); n != 7 {
		t.Errorf("%d", n)
	}
}
