package broadcast

import (
	"context"
	"errors"
	"io"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/gather"
	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/cluster/rosterstore"
	"crier.dev/crier/internal/recipients/audience"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/report"
)

// plan is what is known of an audience and of its messages.
type plan struct {
	audience.Summary

	sizes sizes
}

// plan reads the audience once, shows its size before anything is sent, and
// holds one that is empty or not of the size that was asked for. Nobody is
// kept: a freeze reads the audience again, and checks that it is the same.
func (s *scope) plan(ctx context.Context) (*reconcile.Verdict, error) {
	if s.unwritable = s.write(); s.unwritable == nil {
		s.broadcast.Status.MessageHash = s.frozen.Hash
	}
	key, err := s.planKey(s.frozen)
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
	rosters := rosters{}
	open := func(sets []crier.SubscriberSet) []roster.Rows { return rosters.open(ctx, s.Reconciler, sets) }
	lists := make([]audience.List, 0, len(s.reaches))
	for _, r := range s.reaches {
		list := audience.List{
			Exclude: open(r.exclude), Filters: r.filters,
			Narrow:     audience.Narrowing{Exclude: open(r.narrow), Filters: r.narrowing},
			Suppressed: s.suppressed.OfList(ctx, r.list.Name, s.now),
		}
		// Without subscribers no filter could be compiled, so that nobody is
		// selected, whatever is stored.
		if s.subscribers() > 0 {
			list.Sets = open(r.sets)
		}
		lists = append(lists, list)
	}
	return audience.OfLists(lists...)
}

// rosters are those of an audience, by the names of their sets: one that
// several lists have is opened once.
type rosters map[string]roster.Rows

func (o rosters) open(ctx context.Context, r *Reconciler, sets []crier.SubscriberSet) []roster.Rows {
	sources := make([]roster.Rows, 0, len(sets))
	for i := range sets {
		source := o[sets[i].Name]
		if source == nil {
			source = gather.Roster(ctx, r.Reader, r.Namespace, &sets[i])
			o[sets[i].Name] = source
		}
		sources = append(sources, source)
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
func (s *scope) rosterGone(err error) (*reconcile.Verdict, error) {
	if !errors.Is(err, rosterstore.ErrUnavailable) {
		return nil, err
	}
	return verdict(reconcile.IsReconciling(crier.ReasonSubscribersNotReady,
		"The roster of a SubscriberSet or a Suppression is being read again.").After(whileWaiting))
}

// apiNow is the present time for the API.
func (s *scope) apiNow() metav1.Time { return metav1.NewTime(s.now) }
