package rows

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/hack/bench/internal/operator"
	"crier.dev/crier/hack/bench/internal/proc"
	"crier.dev/crier/hack/bench/internal/sink"
)

// LoopbackRate is the rate of Crier that the row million is compared with:
// the subject of the row loopback, measured in the same call.
func LoopbackRate(ctx context.Context, o Options) ([]float64, error) {
	var runs []crierSaw
	_, err := inLab(ctx, o, func(l *Lab) ([]Row, error) {
		for range l.Rounds {
			saw, err := l.crier(ctx, crierRun{messages: l.Messages, connections: l.Connections})
			if err != nil {
				return nil, err
			}
			runs = append(runs, saw)
		}
		return nil, nil
	})
	return crierRates(runs), err
}

// Cluster is a real cluster with Crier in it.
type Cluster struct {
	Client client.Client
	// Node is an address of this machine that its pods reach.
	Node string
}

// millionSaw is the long way of a Broadcast.
type millionSaw struct {
	Roster   time.Duration `json:"rosterNanoseconds"`
	Frozen   time.Duration `json:"frozenNanoseconds"`
	Complete time.Duration `json:"completeNanoseconds"`
	Messages int64         `json:"messages"`
	Distinct int64         `json:"distinct"`
	Passes   int32         `json:"passes"`
}

// Million sends to all of the large number on a cluster and compares the rate,
// from apply to complete, with rates on loopback.
func Million(ctx context.Context, o Options, c Cluster, loopback []float64) (Row, error) {
	l := &Lab{Options: o}
	relay, err := sink.Start(ctx, c.Node+":0", 0)
	if err != nil {
		return Row{}, err
	}
	defer relay.Close()
	if err := operator.Prepare(ctx, c.Client); err != nil {
		return Row{}, err
	}
	l.say("a SubscriberSet of %d", o.Large)
	var saw millionSaw
	var people string
	if people, saw.Roster, err = operator.DeclarePeople(ctx, c.Client, o.Large); err != nil {
		return Row{}, err
	}
	declared := operator.Send{
		// A name that was used is never sent again.
		Name: fmt.Sprintf("million-%d", time.Now().Unix()), People: people, Recipients: int64(o.Large),
		Host: c.Node, Port: relay.Port(), Connections: int32(o.Connections),
	}
	at, err := declared.Declare(ctx, c.Client)
	if err != nil {
		return Row{}, err
	}
	l.say("applied; waiting until it is complete")
	if err := l.complete(ctx, c.Client, declared.Name, at, relay, &saw); err != nil {
		return Row{}, err
	}
	if saw.Messages != int64(o.Large) || saw.Distinct != int64(o.Large) {
		return Row{}, fmt.Errorf("the sink has %d messages to %d recipients, not %d", saw.Messages, saw.Distinct, o.Large)
	}
	return saw.row(o, proc.Median(loopback), loopback), nil
}

// complete waits for the end of a Broadcast and shows how far it is.
func (l *Lab) complete(ctx context.Context, c client.Client, name string, at time.Time, relay *sink.Sink, saw *millionSaw) error {
	b := &crier.Broadcast{}
	shown := time.Now()
	return operator.Wait(ctx, "the Broadcast", 3*time.Hour, func() (bool, error) {
		if err := c.Get(ctx, client.ObjectKey{Namespace: operator.Namespace, Name: name}, b); err != nil {
			return false, err
		}
		if saw.Frozen == 0 && b.Status.Pass > 0 {
			saw.Frozen = time.Since(at)
		}
		if time.Since(shown) > 15*time.Second {
			shown = time.Now()
			l.say("  %s %s, sink %d, %s", b.Status.Phase, b.Status.Progress, relay.Messages(), b.Status.Rate)
		}
		if !meta.IsStatusConditionTrue(b.Status.Conditions, crier.ConditionFinished) {
			return false, nil
		}
		saw.Complete, saw.Passes = time.Since(at), b.Status.Pass
		// The report about it goes through the same relay, later.
		saw.Messages, saw.Distinct = relay.Messages(), relay.Recipients()
		t := b.Status.Totals
		if t == nil || t.Accepted != int64(l.Large) {
			return false, fmt.Errorf("the Broadcast says %+v", t)
		}
		return true, nil
	})
}

func (s millionSaw) row(o Options, loopback float64, runs []float64) Row {
	rate := float64(o.Large) / s.Complete.Seconds()
	return Row{
		Name: "million", Work: fmt.Sprintf("%d recipients on the local cluster, from apply to complete", o.Large), Against: "the loopback rate",
		Subject: perSecond(rate), Reference: perSecond(loopback), Ratio: rate / loopback, Bar: Bar{AtLeast: 0.6},
		Notes: []string{
			fmt.Sprintf("the sink has %d messages to %d distinct recipients", s.Messages, s.Distinct),
			fmt.Sprintf("%.1f s from apply to the first pass, %.1f s to complete; before that, the roster took %.1f s", s.Frozen.Seconds(), s.Complete.Seconds(), s.Roster.Seconds()),
		},
		Runs: map[string]any{"million": s, "loopback": runs},
	}
}
