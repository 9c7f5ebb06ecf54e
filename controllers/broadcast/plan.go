package broadcast

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/controllers/rosterstore"
	"crier.dev/crier/controllers/subscriberset"
	"crier.dev/crier/internal/audience"
	"crier.dev/crier/internal/draft"
	"crier.dev/crier/internal/kstatus"
	"crier.dev/crier/internal/message"
	"crier.dev/crier/internal/report"
	"crier.dev/crier/internal/roster"
)

// plan reads the audience once, shows its size before anything is sent, and
// holds one that is empty or not of the size that was asked for. Nobody is
// kept: a freeze reads the audience again, and checks that it is the same.
func (s *scope) plan(ctx context.Context) (*kstatus.Verdict, error) {
	frozen, err := s.message()
	if err == nil {
		err = draft.CheckImages(frozen)
	}
	if err == nil {
		s.composer, err = message.NewComposer(frozen)
	}
	s.unwritable = err
	key, err := s.planKey(frozen)
	if err != nil {
		return nil, err
	}
	name := client.ObjectKeyFromObject(s.broadcast)
	planned, ok := s.plans.known(name, key)
	if !ok {
		if planned, err = s.survey(ctx); err != nil {
			return s.rosterGone(err)
		}
		s.plans.remember(name, key, planned)
	}
	s.planned = planned
	s.broadcast.Status.Audience = s.plannedAudience()
	s.broadcast.Status.Progress = report.Progress(crier.DeliveryTotals{Intended: s.planned.Recipients})
	return s.checkBounds(), nil
}

// audience is read anew by each caller. The rosters are those that were
// planned with, whatever has become of the sets.
func (s *scope) audience(ctx context.Context) *audience.Audience {
	lists := make([]audience.List, 0, len(s.reaches))
	for _, r := range s.reaches {
		lists = append(lists, audience.List{
			Sets: s.rosters(ctx, r.sets), Exclude: s.rosters(ctx, r.exclude), Filters: r.filters,
			Suppressed: s.suppressed.OfList(ctx, r.list.Name, s.now),
		})
	}
	return audience.OfLists(lists...)
}

func (s *scope) rosters(ctx context.Context, sets []crier.SubscriberSet) []roster.Source {
	sources := make([]roster.Source, 0, len(sets))
	for i := range sets {
		sources = append(sources, subscriberset.Open(ctx, s.Reader, s.Namespace, &sets[i]))
	}
	return sources
}

// survey reads the whole audience, and composes messages to some of it.
func (s *scope) survey(ctx context.Context) (plan, error) {
	people, survey := s.audience(ctx), audience.NewSurvey()
	for {
		row, err := people.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return plan{}, err
		}
		survey.Add(row)
	}
	p := plan{Summary: people.Summary()}
	if s.unwritable != nil {
		return p, nil
	}
	var err error
	p.sizes, err = measure(s.composer, survey, p.Recipients, s.now)
	return p, err
}

// rosterGone waits for a roster that has changed or is damaged.
func (s *scope) rosterGone(err error) (*kstatus.Verdict, error) {
	if !errors.Is(err, rosterstore.ErrUnavailable) {
		return nil, err
	}
	return verdict(kstatus.IsReconciling(crier.ReasonSubscribersNotReady,
		"The roster of a SubscriberSet or a Suppression is being read again.").After(whileWaiting))
}

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

// readAt is how old a roster is: when its source was last read, or when it
// was first stored.
func readAt(status crier.SubscriberSetStatus) metav1.Time {
	if status.Sync != nil {
		return status.Sync.At
	}
	return status.Roster.SyncedAt
}

// maxListedSets is how many sets status names.
const maxListedSets = 64

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

// schedule waits while it isn't the time, and for a person while suspended
// or held.
func (s *scope) schedule(context.Context) (*kstatus.Verdict, error) {
	spec := s.broadcast.Spec
	switch {
	case spec.Suspend:
		return verdict(kstatus.IsReady(crier.ReasonSuspended,
			"Nothing has been sent; %d recipients get it when spec.suspend is false.%s", s.planned.Recipients, s.leftOut()).After(s.untilDeadline()))
	case s.Hold:
		return verdict(kstatus.IsReady(crier.ReasonOperatorHold,
			"Crier runs with --hold-new-broadcasts and sends nothing until it is started without.").After(s.untilDeadline()))
	case spec.SendAt != nil && s.now.Before(spec.SendAt.Time):
		return verdict(kstatus.IsReady(crier.ReasonScheduled, "%d recipients get it from %s on.%s",
			s.planned.Recipients, spec.SendAt.UTC().Format("2006-01-02 15:04:05 MST"), s.leftOut()).After(spec.SendAt.Sub(s.now)))
	}
	return nil, nil
}

// apiNow is the present time for the API.
func (s *scope) apiNow() metav1.Time { return metav1.NewTime(s.now) }
