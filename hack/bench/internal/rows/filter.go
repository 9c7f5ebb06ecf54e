package rows

import (
	"context"
	"fmt"

	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/hack/bench/internal/operator"
	"crier.dev/crier/hack/bench/internal/proc"
	"crier.dev/crier/hack/bench/internal/sink"
	"crier.dev/crier/hack/bench/internal/work"
)

// Filter measures the row of that name: Broadcasts with a filter, an excluded
// set and a Suppression are planned in turn with Broadcasts to everybody. It
// wants a Lab of its own, as Plan does.
func (l *Lab) Filter(ctx context.Context) (Row, error) {
	l.say("a SubscriberSet of %d, one of a tenth of them to exclude, and a hundredth to suppress", l.Large)
	all, err := l.audiences(ctx)
	if err != nil {
		return Row{}, err
	}
	relay, err := sink.Start(ctx, "127.0.0.1:0", 0) // for the Relay's probe
	if err != nil {
		return Row{}, err
	}
	defer relay.Close()
	var runs [2][]planSaw
	for round := range l.Rounds {
		for i, declared := range all {
			saw, err := l.planned(ctx, declared, relay.Port())
			if err != nil {
				return Row{}, err
			}
			runs[i] = append(runs[i], saw)
		}
		l.say("round %d of %d: everybody planned in %.1f s, those selected in %.1f s", round+1, l.Rounds,
			runs[0][round].Planned.Seconds(), runs[1][round].Planned.Seconds())
	}
	return l.filterRow(runs[0], runs[1]), nil
}

// audiences are everybody, and those who are selected.
func (l *Lab) audiences(ctx context.Context) (all [2]operator.Send, err error) {
	people, _, err := operator.DeclarePeople(ctx, l.plane.Client, l.Large)
	if err != nil {
		return all, err
	}
	all[0] = operator.Send{People: people, Recipients: int64(l.Large)}
	all[1] = operator.Send{People: people, Recipients: work.Select(l.Large).Recipients, Filter: work.Filter}
	if all[1].Excluded, err = operator.DeclareExcluded(ctx, l.plane.Client, l.Large); err != nil {
		return all, err
	}
	all[1].Suppressed, err = operator.DeclareSuppressed(ctx, l.plane.Client, l.Large)
	return all, err
}

// planned plans once, and looks whether it was for the right people.
func (l *Lab) planned(ctx context.Context, declared operator.Send, port int) (planSaw, error) {
	saw, name, err := l.plan(ctx, declared, port)
	if err != nil || declared.Filter == "" {
		return saw, err
	}
	b := &crier.Broadcast{}
	if err := l.plane.Client.Get(ctx, client.ObjectKey{Namespace: operator.Namespace, Name: name}, b); err != nil {
		return saw, err
	}
	var got work.Selection
	if a := b.Status.Audience; a != nil {
		got = work.Selection{Excluded: a.Excluded, NotSelected: a.NotSelected, Recipients: a.Recipients}
		for _, s := range a.Suppressed {
			got.Suppressed += s.Subscribers
		}
	}
	if want := work.Select(l.Large); got != want {
		return saw, fmt.Errorf("the audience of %s is %+v, not %+v", name, got, want)
	}
	return saw, nil
}

func (l *Lab) filterRow(everybody, selected []planSaw) Row {
	seconds := func(s planSaw) float64 { return s.Planned.Seconds() }
	subject, reference := proc.Median(each(selected, seconds)), proc.Median(each(everybody, seconds))
	cpu := func(s planSaw) float64 { return s.Manager.Seconds() }
	s := work.Select(l.Large)
	return Row{
		Name: "filter", Work: fmt.Sprintf("a plan for %d subscribers with a filter, an excluded set and a Suppression", l.Large),
		Against: "without", Subject: fmt.Sprintf("%.1f s", subject), Reference: fmt.Sprintf("%.1f s", reference),
		Ratio: subject / reference, Bar: Bar{AtMost: 2},
		More: []Bound{{What: "MiB of the manager", Value: mib(l.manager.Peak()), Limit: maxManager}},
		Notes: []string{
			fmt.Sprintf("%d are excluded, %d not selected by %s, %d suppressed, %d recipients: exactly these, counted by hand",
				s.Excluded, s.NotSelected, work.Filter, s.Suppressed, s.Recipients),
			fmt.Sprintf("processor time of the manager: %.1f s, without %.1f s", proc.Median(each(selected, cpu)), proc.Median(each(everybody, cpu))),
		},
		Runs: map[string]any{"selected": selected, "everybody": everybody},
	}
}
