package lifecycle

import (
	"testing"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
)

// Only the stop that a person has looked at is released.
func TestReleaseSetBack(t *testing.T) {
	for name, c := range map[string]struct {
		at   time.Duration
		word string
		want bool
	}{
		"that one":   {0, "2026-03-02T09:00:00Z", true},
		"a later":    {time.Second, "2026-03-02T09:00:00Z", false},
		"no word":    {0, "", false},
		"some other": {0, "yes", false},
	} {
		state := &crier.DeliveryRecordState{SetBack: &crier.RecordSetBack{At: *at(c.at)}}
		b := &crier.Broadcast{}
		b.Annotations = map[string]string{crier.AnnotationReleaseSetBack: c.word}
		if got := ReleaseSetBack(state, b); got != c.want || (state.SetBack == nil) != c.want {
			t.Errorf("%s: %t, %+v", name, got, state.SetBack)
		}
	}
	if ReleaseSetBack(&crier.DeliveryRecordState{SetBack: &crier.RecordSetBack{At: *at(0)}}, nil) {
		t.Error("nobody said so")
	}
}
