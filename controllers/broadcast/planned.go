package broadcast

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/kstatus"
)

func (s *scope) plannedAudience() *crier.PlannedAudience {
	planned := &crier.PlannedAudience{
		Recipients: s.planned.Recipients, Digest: s.planned.Digest, Duplicates: s.planned.Duplicates,
		Excluded: s.planned.Excluded, NotSelected: s.planned.NotSelected, Undecided: s.planned.Undecided,
	}
	planned.Filters = s.filterTexts()
	for _, reason := range slices.Sorted(maps.Keys(s.planned.Suppressed)) {
		planned.Suppressed = append(planned.Suppressed, crier.SuppressedCount{Reason: reason, Subscribers: s.planned.Suppressed[reason]})
	}
	for i := range s.sets {
		status := s.sets[i].Status
		planned.Sets = append(planned.Sets, crier.AudienceSet{
			Name: s.sets[i].Name, Subscribers: status.Subscribers, Rejected: status.Rejected,
			SyncedAt: readAt(status),
		})
		if len(planned.Sets) == maxListedSets {
			break
		}
	}
	return planned
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

func (s *scope) checkBounds() *kstatus.Verdict {
	n := s.planned.Recipients
	if n == 0 {
		v := kstatus.IsStalled(crier.ReasonAudienceEmpty,
			"There is nobody to send to: %s. Nothing is sent until there is somebody.", s.whyNobody()).After(whileWaiting)
		return &v
	}
	if most := s.granted.MaxRecipients; most != nil && n > *most {
		v := kstatus.IsStalled(crier.ReasonAudienceSize,
			"The audience has %d recipients; the Relay grants this namespace %d a message. Ask whoever runs the Relay to raise maxRecipients of the grant.", n, *most).After(whileWaiting)
		return &v
	}
	var bounds []*crier.AudienceBounds
	for _, list := range s.lists {
		bounds = append(bounds, &list.Spec.Audience.AudienceBounds)
	}
	if own := s.broadcast.Spec.Audience; own != nil {
		bounds = append(bounds, &own.AudienceBounds)
	}
	for _, b := range bounds {
		if problem := outOfBounds(b, n); problem != "" {
			v := kstatus.IsStalled(crier.ReasonAudienceSize,
				"The audience has %d recipients, %s. Mend the sets or the bounds.", n, problem).After(whileWaiting)
			return &v
		}
	}
	return nil
}

func outOfBounds(b *crier.AudienceBounds, n int64) string {
	switch {
	case b == nil:
		return ""
	case b.MinRecipients != nil && n < *b.MinRecipients:
		return fmt.Sprintf("fewer than minRecipients (%d)", *b.MinRecipients)
	case b.MaxRecipients != nil && n > *b.MaxRecipients:
		return fmt.Sprintf("more than maxRecipients (%d)", *b.MaxRecipients)
	}
	return ""
}

// whyNobody says where all subscribers went.
func (s *scope) whyNobody() string {
	p := &s.planned
	switch {
	case len(s.sets) == 0:
		return "the list's selector selects no SubscriberSet"
	case s.subscribers() == 0:
		var names []string
		for i := range s.sets {
			names = append(names, s.sets[i].Name)
		}
		return "SubscriberSet " + strings.Join(names, ", ") + " has no subscribers"
	}
	return fmt.Sprintf("of %d subscribers, the filter leaves out %d, and %d more for want of an attribute that it compares; %d are excluded and %d suppressed",
		s.subscribers(), p.NotSelected, p.Undecided, p.Excluded, p.suppressed())
}

// leftOut says how many subscribers are no recipients, and why.
func (s *scope) leftOut() string {
	var parts []string
	for _, left := range []struct {
		n   int64
		why string
	}{
		{s.planned.NotSelected, "not selected"}, {s.planned.Undecided, "undecided for want of an attribute"},
		{s.planned.Excluded, "excluded"}, {s.planned.suppressed(), "suppressed"},
	} {
		if left.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", left.n, left.why))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return " Left out: " + strings.Join(parts, ", ") + "."
}
