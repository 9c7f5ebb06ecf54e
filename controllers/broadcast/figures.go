package broadcast

import (
	"maps"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/words"
)

// plannedAudience is the plan for people, with figures that add up.
func (s *scope) plannedAudience() *crier.PlannedAudience {
	p := &s.planned
	planned := &crier.PlannedAudience{
		Recipients: p.Recipients, Digest: p.Digest, Subscribers: p.Subscribers, Duplicates: p.Duplicates,
		Excluded: p.Excluded, NotSelected: p.NotSelected, Undecided: p.Undecided,
		Rejected: rejected(s.sets), SetCount: int64(len(s.sets)),
		Filters: s.filterTexts(),
	}
	for _, reason := range slices.Sorted(maps.Keys(p.Suppressed)) {
		planned.Suppressed = append(planned.Suppressed, crier.SuppressedCount{Reason: reason, Subscribers: p.Suppressed[reason]})
	}
	for i := range s.reaches {
		r, of := &s.reaches[i], p.Lists[i]
		planned.Lists = append(planned.Lists, crier.AudienceList{
			Name: r.list.Name, Reached: of.Reached, Recipients: of.Recipients, Subscribers: of.Subscribers,
			Duplicates: of.Duplicates, Excluded: of.Excluded, NotSelected: of.NotSelected, Undecided: of.Undecided,
			Suppressed: of.Suppressed, Rejected: rejected(r.sets), SetCount: int64(len(r.sets)),
		})
	}
	for i := range s.sets[:min(len(s.sets), maxListedSets)] {
		status := s.sets[i].Status
		planned.Sets = append(planned.Sets, crier.AudienceSet{
			Name: s.sets[i].Name, Subscribers: status.Subscribers, Rejected: status.Rejected,
			SyncedAt: readAt(status),
		})
	}
	return planned
}

// rejected is how many rows of sets can't be used.
func rejected(sets []crier.SubscriberSet) (n int64) {
	for i := range sets {
		n += sets[i].Status.Rejected
	}
	return n
}

// maxListedSets is how many sets status names.
const maxListedSets = 64

// readAt is how old a roster is: when its source was last read, or when it
// was first stored.
func readAt(status crier.SubscriberSetStatus) metav1.Time {
	if status.Sync != nil {
		return status.Sync.At
	}
	return status.Roster.SyncedAt
}

// leftOut says how many subscribers are no recipients, and why.
func (s *scope) leftOut() string {
	var parts []string
	for _, left := range []struct {
		n   int64
		why string
	}{
		{s.planned.NotSelected, "not selected"}, {s.planned.Undecided, "undecided (they lack an attribute that the filter compares)"},
		{s.planned.Excluded, "excluded"}, {s.planned.AllSuppressed(), "suppressed"},
	} {
		if left.n > 0 {
			parts = append(parts, words.Number(left.n)+" "+left.why)
		}
	}
	if len(parts) == 0 {
		return s.noMessage()
	}
	return " Left out: " + strings.Join(parts, ", ") + "." + s.noMessage()
}
