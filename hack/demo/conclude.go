package main

import (
	"context"
	"errors"
	"fmt"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/hack/e2e/harness"
)

// conclude prints the last line out of what the catcher stored, and fails if Crier says
// otherwise or anybody got the message twice.
func (d *demo) conclude(ctx context.Context, broadcast *crier.Broadcast, seconds float64) error {
	stats, err := d.catcher.Stats(ctx)
	if err != nil {
		return err
	}
	count := harness.Tally(stats, func(address string) bool { return d.samples.recipients[address] })
	result, err := compare(len(d.samples.recipients), count, broadcast.Status.Totals)
	if err != nil {
		fmt.Fprintf(d.Out, "\nThe demo FAILED:\n%v\n", err)
		err = errTold
	}
	fmt.Fprintf(d.Out, "\n%s seconds %.0f\n", result, seconds)
	return err
}

// errTold says that the demo failed and told why: its last line stays the last.
var errTold = errors.New("the demo failed")

// compare gives the last line without the time, and an error if the two don't agree.
func compare(recipients int, count harness.Count, totals *crier.DeliveryTotals) (string, error) {
	unknown := recipients - count.Accepted - count.Failed
	line := fmt.Sprintf("demo: recipients %d accepted %d failed %d unknown %d duplicates %d",
		recipients, count.Accepted, count.Failed, unknown, count.Duplicates)
	if totals == nil {
		return line, errors.New("the Broadcast's status has no totals")
	}
	var faults []error
	for _, pair := range []struct {
		what           string
		catcher, crier int64
	}{
		{"recipients", int64(recipients), totals.Intended},
		{"accepted", int64(count.Accepted), totals.Accepted},
		{"failed", int64(count.Failed), totals.Failed},
		{"unknown", int64(unknown), totals.Unknown},
	} {
		if pair.catcher != pair.crier {
			faults = append(faults, fmt.Errorf("%s: the catcher counts %d, the Broadcast's status says %d", pair.what, pair.catcher, pair.crier))
		}
	}
	if count.Duplicates > 0 {
		faults = append(faults, fmt.Errorf("%d messages were sent twice", count.Duplicates))
	}
	return line, errors.Join(faults...)
}
