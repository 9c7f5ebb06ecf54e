package rows

import (
	"context"
	"fmt"

	"crier.dev/crier/hack/bench/internal/operator"
	"crier.dev/crier/hack/bench/internal/proc"
)

const (
	// changesPerSecond of a Suppression beside a running Broadcast.
	changesPerSecond = 5
	// maxManagerCores is what the manager may use of a processor meanwhile.
	maxManagerCores = 0.3
)

// Suppressions measures the row of that name: Broadcasts to all of the large
// number, in turn with and without a Suppression that changes all the while.
func (l *Lab) Suppressions(ctx context.Context) (Row, error) {
	changing, err := operator.DeclareChanging(ctx, l.plane.Client, l.Large)
	if err != nil {
		return Row{}, err
	}
	var changed, quiet []crierSaw
	changes := 0
	run := crierRun{messages: l.Large, connections: l.Connections}
	for round := range l.Rounds {
		l.say("round %d of %d, %d messages, then as many beside %d changes a second", round+1, l.Rounds, l.Large, changesPerSecond)
		run.during = nil
		saw, err := l.crier(ctx, run)
		if err != nil {
			return Row{}, err
		}
		quiet = append(quiet, saw)
		run.during = func(ctx context.Context, _ string) error {
			n, err := changing.Run(ctx, changesPerSecond)
			changes += n
			return err
		}
		if saw, err = l.crier(ctx, run); err != nil {
			return Row{}, err
		}
		changed = append(changed, saw)
	}
	return suppressionsRow(l.Large, changes, changed, quiet), nil
}

func suppressionsRow(messages, changes int, changed, quiet []crierSaw) Row {
	cores := func(s crierSaw) float64 { return s.Manager.Seconds() / s.Sink.Elapsed.Seconds() }
	subject, reference := proc.Median(crierRates(changed)), proc.Median(crierRates(quiet))
	var sum float64
	for _, s := range changed {
		sum += s.Sink.Elapsed.Seconds()
	}
	return Row{
		Name: "suppressions", Work: fmt.Sprintf("%d messages beside a Suppression that changes %d times a second", messages, changesPerSecond),
		Against: "without changes", Subject: perSecond(subject), Reference: perSecond(reference),
		Ratio: subject / reference, Bar: Bar{AtLeast: 0.95},
		More: []Bound{{What: "cores of the manager", Value: proc.Median(each(changed, cores)), Limit: maxManagerCores}},
		Notes: []string{
			fmt.Sprintf("%d changes, %.1f a second, each in another shard", changes, float64(changes)/sum),
			fmt.Sprintf("cores of the manager without changes: %.2f", proc.Median(each(quiet, cores))),
		},
		Runs: map[string]any{"changed": changed, "quiet": quiet},
	}
}
