package rows

import (
	"context"
	"fmt"
	"time"

	"crier.dev/crier/hack/bench/internal/postfix"
	"crier.dev/crier/hack/bench/internal/proc"
)

// roundTrip is how far the relay of the row rtt20 is away.
const roundTrip = 20 * time.Millisecond

// RTT measures the row rtt20. Four round trips of 20 ms take so long that a
// twentieth of the messages does.
func (l *Lab) RTT(ctx context.Context) (Row, error) {
	if l.size == 0 {
		if err := l.sample(ctx, nil); err != nil {
			return Row{}, err
		}
	}
	ceiling, err := l.ceiling(ctx)
	if err != nil {
		return Row{}, err
	}
	messages := max(sampled, l.Messages/20)
	var runs []crierSaw
	var reference []referenceSaw
	for round := range l.Rounds {
		l.say("round %d of %d at %v, %d messages each", round+1, l.Rounds, roundTrip, messages)
		saw, err := l.crier(ctx, crierRun{messages: messages, connections: l.Connections, delay: roundTrip / 2})
		if err != nil {
			return Row{}, err
		}
		runs = append(runs, saw)
		other, err := l.gomail(ctx, messages, l.Connections, roundTrip/2)
		if err != nil {
			return Row{}, err
		}
		reference = append(reference, other)
	}
	per := func(rate float64) string {
		return fmt.Sprintf("%.1f/s per connection", rate/float64(l.Connections))
	}
	rate, against := proc.Median(crierRates(runs)), proc.Median(referenceRates(reference))
	return Row{
		Name: "rtt20", Work: fmt.Sprintf("%d messages over %d connections, %v round trip", messages, l.Connections, roundTrip),
		Against: "go-mail, same templates", Subject: per(rate), Reference: per(against), Ratio: rate / against, Bar: Bar{AtLeast: 3.5},
		Notes: []string{
			fmt.Sprintf("the proxy without delay carries %.0f messages/s of smtp-source (%.0f %% of the sink busy)", ceiling.Rate, 100*ceiling.Busy),
			fmt.Sprintf("one message in each round trip would be %.0f/s per connection", 1/roundTrip.Seconds()),
		},
		Runs: map[string]any{"crier": runs, "gomail": reference},
	}, nil
}

// ceiling is what the proxy itself lets through.
func (l *Lab) ceiling(ctx context.Context) (postfix.Result, error) {
	sink, err := l.tools.StartSink(ctx)
	if err != nil {
		return postfix.Result{}, err
	}
	defer sink.Close()
	far, err := l.startProxy(ctx, sink.Addr(), 0)
	if err != nil {
		return postfix.Result{}, err
	}
	defer far.close()
	messages := max(sampled, l.Messages/5)
	if _, err := l.tools.Source(ctx, fmt.Sprintf("127.0.0.1:%d", far.port), messages, 16, l.size); err != nil {
		return postfix.Result{}, err
	}
	return sink.Result(int64(messages))
}
