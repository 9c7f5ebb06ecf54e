package ledger

import (
	"testing"

	crier "crier.dev/crier/api/v1alpha1"
)

func TestHasWork(t *testing.T) {
	deferredToo := []crier.DeliveryState{crier.DeliveryDeferred}
	for name, c := range map[string]struct {
		letters    string
		at, cursor int32
		number     int32
		intent     bool
		want       bool
	}{
		"somebody is left":        {"pa", 1, 0, 1, false, true},
		"nobody is left":          {"ad", 1, 2, 1, false, false},
		"only those intended are": {"pa", 1, 2, 1, true, true},
		"a new pass begins again": {"da", 1, 2, 2, false, true},
		"a pass that is over":     {"pp", 2, 0, 1, false, false},
	} {
		s := stateOfLetters(c.letters)
		s.Pass, s.Cursor = c.at, c.cursor
		if c.intent {
			s.Intent = &crier.ShardIntent{Recipients: "0"}
		}
		if got, err := HasWork(&s, Pass{Number: c.number, Selects: deferredToo}); err != nil || got != c.want {
			t.Errorf("%s: %t, %v; want %t", name, got, err, c.want)
		}
	}
}
