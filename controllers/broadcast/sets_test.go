package broadcast

import (
	"fmt"
	"testing"

	crier "crier.dev/crier/api/v1alpha1"
)

// A message opens the sets of its lists, and those that are excluded, each
// once.
func TestOpened(t *testing.T) {
	sets := make([]crier.SubscriberSet, 4)
	for i := range sets {
		sets[i].Name = fmt.Sprint("set", i)
	}
	if n := opened([]reach{{sets: sets[:2], exclude: sets[1:3]}, {sets: sets[:2], narrow: sets[3:]}, {}}); n != 4 {
		t.Errorf("%d", n)
	}
}
