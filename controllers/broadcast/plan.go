package broadcast

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/controllers/subscriberset"
	"crier.dev/crier/internal/audience"
	"crier.dev/crier/internal/kstatus"
	"crier.dev/crier/internal/message"
	"crier.dev/crier/internal/report"
	"crier.dev/crier/internal/roster"
)

// plan reads the audience once, shows its size before anything is sent, and
// holds one that is empty or not of the size that was asked for. Nobody is
// kept: a freeze reads the audience again, and checks that it is the same.
func (s *scope) plan(ctx context.Context) (*kstatus.Verdict, error) {
	frozen := s.message()
	s.composer, s.unwritable = message.NewComposer(frozen)
	key, err := planKey(s.sets, frozen)
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
	sources := make([]roster.Source, 0, len(s.sets))
	for i := range s.sets {
		sources = append(sources, subscriberset.Open(ctx, s.Reader, s.Namespace, &s.sets[i]))
	}
	return audience.New(sources...)
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
	if !errors.Is(err, subscriberset.ErrRosterUnavailable) {
		return nil, err
	}
	return verdict(kstatus.IsReconciling(crier.ReasonSubscribersNotReady,
		"The roster of a SubscriberSet of the list is being read again.").After(whileWaiting))
}

func (s *scope) plannedAudience() *crier.PlannedAudience {
	planned := &crier.PlannedAudience{
		Recipients: s.planned.Recipients,
		Digest:     s.planned.Digest,
		Duplicates: s.planned.Duplicates,
	}
	for i := range s.sets {
		status := s.sets[i].Status
		planned.Sets = append(planned.Sets, crier.AudienceSet{
			Name: s.sets[i].Name, Subscribers: status.Subscribers, Rejected: status.Rejected,
			SyncedAt: status.Roster.SyncedAt,
		})
		if len(planned.Sets) == maxListedSets {
			break
		}
	}
	return planned
}

// maxListedSets is how many sets status names.
const maxListedSets = 64

func (s *scope) checkBounds() *kstatus.Verdict {
	n := s.planned.Recipients
	if n == 0 {
		v := kstatus.IsStalled(crier.ReasonAudienceEmpty,
			"There is nobody to send to: %s. Nothing is sent until there are subscribers.", s.emptySets()).After(whileWaiting)
		return &v
	}
	if most := s.granted.MaxRecipients; most != nil && n > *most {
		v := kstatus.IsStalled(crier.ReasonAudienceSize,
			"The audience has %d recipients; the Relay grants this namespace %d a message. Ask whoever runs the Relay to raise maxRecipients of the grant.", n, *most).After(whileWaiting)
		return &v
	}
	bounds := []*crier.AudienceBounds{&s.list.Spec.Audience.AudienceBounds}
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

func (s *scope) emptySets() string {
	if len(s.sets) == 0 {
		return "the list's selector selects no SubscriberSet"
	}
	var names []string
	for i := range s.sets {
		names = append(names, s.sets[i].Name)
	}
	return "SubscriberSet " + strings.Join(names, ", ") + " has no subscribers"
}

// schedule waits while it isn't the time, and for a person while suspended
// or held.
func (s *scope) schedule(context.Context) (*kstatus.Verdict, error) {
	spec := s.broadcast.Spec
	switch {
	case spec.Suspend:
		return verdict(kstatus.IsReady(crier.ReasonSuspended,
			"Nothing has been sent; %d recipients get it when spec.suspend is false.", s.planned.Recipients).After(s.untilDeadline()))
	case s.Hold:
		return verdict(kstatus.IsReady(crier.ReasonOperatorHold,
			"Crier runs with --hold-new-broadcasts and sends nothing until it is started without.").After(s.untilDeadline()))
	case spec.SendAt != nil && s.now.Before(spec.SendAt.Time):
		return verdict(kstatus.IsReady(crier.ReasonScheduled, "%d recipients get it from %s on.",
			s.planned.Recipients, spec.SendAt.UTC().Format("2006-01-02 15:04:05 MST")).After(spec.SendAt.Sub(s.now)))
	}
	return nil, nil
}

// apiNow is the present time for the API.
func (s *scope) apiNow() metav1.Time { return metav1.NewTime(s.now) }
