package broadcast

import (
	"context"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/ledgerstore"
	"crier.dev/crier/internal/cluster/reporting"
	"crier.dev/crier/internal/redact"
)

const (
	// maxDeliveries and maxDeliveryBytes bound what status lists, so that the
	// object stays small enough to be read and written often.
	maxDeliveries    = 500
	maxDeliveryBytes = 60_000
	// deliveryOverhead is what one entry takes besides its address and reply.
	deliveryOverhead = 64
	maxReply         = 120
)

// listDeliveries writes what became of single recipients into the status:
// of all of them while that is little, else of those that need attention.
func (s *scope) listDeliveries(ctx context.Context, subject reporting.Subject) error {
	status := &s.broadcast.Status
	all, complete, err := s.collect(ctx, subject, nil)
	if err == nil && !complete {
		all, _, err = s.collect(ctx, subject, needsAttention)
	}
	if err != nil {
		return err
	}
	status.Deliveries, status.DeliveriesTruncated = all, !complete
	return nil
}

func needsAttention(d ledgerstore.Delivery) bool { return d.State != crier.DeliveryAccepted }

// collect lists deliveries as long as there is room, and says whether all fitted.
func (s *scope) collect(ctx context.Context, subject reporting.Subject, want func(ledgerstore.Delivery) bool) ([]crier.Delivery, bool, error) {
	wanted := func(shard *crier.DeliveryShard) bool { return want == nil || !ledgerstore.AllAccepted(shard) }
	if want == nil && subject.Record.State.Totals.Intended > maxDeliveries {
		return nil, false, nil
	}
	var list []crier.Delivery
	size, complete := 0, true
	err := s.Store.Each(ctx, subject.Record, wanted, func(d ledgerstore.Delivery) bool {
		if want != nil && !want(d) {
			return true
		}
		if d.Lost { // there is no name to list
			complete = false
			return true
		}
		entry := deliveryOf(d, subject.Plan.Masked)
		entrySize := deliveryOverhead + len(entry.Recipient) + len(entry.Reply)
		if len(list) == maxDeliveries || size+entrySize > maxDeliveryBytes {
			complete = false
			return false
		}
		size += entrySize
		list = append(list, entry)
		return true
	})
	return list, complete, err
}

func deliveryOf(d ledgerstore.Delivery, masked bool) crier.Delivery {
	row := reporting.RowOf(d).Shown(masked)
	entry := crier.Delivery{Recipient: row.Recipient, State: d.State, Attempts: int32(row.Attempts)}
	if d.Reply != nil && d.State != crier.DeliveryAccepted {
		said := row.Reply().String()
		if said == "" {
			said = row.Cause.Plain()
		}
		entry.Reply = redact.Clean(said, maxReply)
	}
	return entry
}
