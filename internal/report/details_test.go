package report

import (
	"testing"

	crier "crier.dev/crier/api/v1alpha1"
)

// Whoever was left out is accounted for.
func TestSelectionStory(t *testing.T) {
	got := selectionStory(crier.PlannedAudience{
		Excluded: 100, NotSelected: 2398, Undecided: 1, Filters: []string{"subscriber.attributes.branch == \"executive\"\n&& true\u202e"},
	})
	want := ` 100 subscribers left out because they are in an excluded set. 2,398 subscribers not selected by the filter.` +
		` 1 subscriber left out because they lack a number or a date that the filter compares.` +
		` Filter: subscriber.attributes.branch == "executive" && true.`
	if got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := selectionStory(crier.PlannedAudience{Recipients: 3}); got != "" {
		t.Errorf("%q of nobody left out", got)
	}
}
