package rows

import (
	"context"
	"fmt"
)

const (
	// few is what the row memory compares a large number of recipients with.
	few = 10_000
	// maxSender is what one sender may have, in MiB.
	maxSender = 64
)

// Memory measures the row of that name: it sends to all of the large number
// of recipients, which takes minutes.
func (l *Lab) Memory(ctx context.Context) (Row, error) {
	if err := l.sample(ctx, nil); err != nil {
		return Row{}, err
	}
	var runs []crierSaw
	for _, n := range []int{few, l.Large} {
		l.say("memory of a sender with %d recipients", n)
		saw, err := l.crier(ctx, crierRun{messages: n, connections: l.Connections})
		if err != nil {
			return Row{}, err
		}
		runs = append(runs, saw)
	}
	small, large := mib(runs[0].Senders.Peak), mib(runs[1].Senders.Peak)
	return Row{
		Name: "memory", Work: fmt.Sprintf("VmHWM of a sender process, %d recipients", l.Large), Against: fmt.Sprintf("%d recipients", few),
		Subject: fmt.Sprintf("%.1f MiB", large), Reference: fmt.Sprintf("%.1f MiB", small), Ratio: large / small, Bar: Bar{AtMost: 1.10},
		More:  []Bound{{What: "MiB of one sender", Value: max(small, large), Limit: maxSender}},
		Notes: []string{fmt.Sprintf("%d sender pod(s), the one with most counts; %.0f messages/s over all %d", runs[1].Senders.Pods, runs[1].Sink.Rate, l.Large)},
		Runs:  runs,
	}, nil
}

func mib(octets int64) float64 { return float64(octets) / (1 << 20) }
