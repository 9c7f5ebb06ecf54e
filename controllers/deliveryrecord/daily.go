package deliveryrecord

import (
	"context"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/delivery/ledger"
	"crier.dev/crier/internal/delivery/lifecycle"
	"crier.dev/crier/internal/delivery/share"
)

// charge counts messages that were sent since the last look.
func (s *scope) charge(messages int64) {
	s.state.Sent = lifecycle.Charge(s.state.Sent, messages, s.now)
	if pass := s.state.Pass; pass != nil && pass.EndedAt == nil {
		pass.Charged += messages
	}
}

// chargeRest counts all that the pass might have sent, where the sums can't
// tell what it has.
func (s *scope) chargeRest() {
	pass := s.state.Pass
	if pass == nil || pass.EndedAt != nil || !lifecycle.Uncertain(pass.Selects) {
		return
	}
	if rest := pass.Budget - pass.Charged; rest > 0 {
		s.charge(rest)
	}
}

// budget takes what the pass may send out of what is free of the Relay's daily
// limit, nil for no limit, and binds the shards to the recipients that come
// within it. Nobody else can take the same: the book of the Relay is written by
// compare-and-swap, after all records were read.
func (s *scope) budget(ctx context.Context, pass *crier.DeliveryPass, free *int64) error {
	if free == nil {
		return s.bind(ctx, make([]*int32, len(s.shards)))
	}
	taken, bounds, err := s.portion(pass, *free)
	if err != nil {
		return err
	}
	if s.sheet.Budgets == nil {
		s.sheet.Budgets = map[string]share.Budget{}
	}
	s.sheet.Budgets[s.record.Name] = share.Budget{Job: pass.Job, Messages: taken}
	if err := s.book().Write(ctx, s.sheet); err != nil {
		return err
	}
	pass.Budget = taken
	return s.bind(ctx, bounds)
}

// freeToday is what is left of the daily limit beside what was sent and what
// passes that run may send, and when more of it gets free. The book was read
// before the records are: whoever takes something in between changes it.
func (s *scope) freeToday(ctx context.Context, daily int64) (free int64, until time.Time, err error) {
	// Whether nothing is left is asked of the cache: those who wait for the next
	// day ask often, and there are many records.
	if free, until, err = s.freeBy(ctx, daily, s.cachedRecords); err != nil || free <= 0 {
		return free, until, err
	}
	known := map[string]bool{}
	free, until, err = s.freeBy(ctx, daily, func(ctx context.Context, yield func(*crier.DeliveryRecord)) error {
		return s.storedRecords(ctx, func(record *crier.DeliveryRecord) {
			known[record.Name] = true
			yield(record)
		})
	})
	if err != nil {
		return free, until, err
	}
	for name := range s.sheet.Budgets {
		if !known[name] {
			delete(s.sheet.Budgets, name)
		}
	}
	return free, until, nil
}

// freeBy is freeToday by those records.
func (s *scope) freeBy(ctx context.Context, daily int64, records func(context.Context, func(*crier.DeliveryRecord)) error) (free int64, until time.Time, err error) {
	free = daily
	err = records(ctx, func(record *crier.DeliveryRecord) {
		if record.State.Route == nil || record.State.Route.Relay != s.state.Route.Relay {
			return
		}
		free -= lifecycle.Sent(&record.State, s.now)
		if at := lifecycle.Freed(&record.State, s.now); !at.IsZero() && (until.IsZero() || at.Before(until)) {
			until = at
		}
		if record.Name != s.record.Name { // whatever was taken for this one is taken anew
			b := s.sheet.Budgets[record.Name]
			free -= lifecycle.Outstanding(&record.State, b.Job, b.Messages)
		}
	})
	return free, until, err
}

func (s *scope) cachedRecords(ctx context.Context, yield func(*crier.DeliveryRecord)) error {
	records := &crier.DeliveryRecordList{}
	if err := s.Client.List(ctx, records, client.UnsafeDisableDeepCopy); err != nil {
		return err
	}
	for i := range records.Items {
		yield(&records.Items[i])
	}
	return nil
}

// recordsPerPage is how many records one answer of the API server has.
const recordsPerPage = 500

func (s *scope) storedRecords(ctx context.Context, yield func(*crier.DeliveryRecord)) error {
	for next := ""; ; {
		page := &crier.DeliveryRecordList{}
		if err := s.Reader.List(ctx, page, client.Limit(recordsPerPage), client.Continue(next)); err != nil {
			return err
		}
		for i := range page.Items {
			yield(&page.Items[i])
		}
		if next = page.Continue; next == "" {
			return nil
		}
	}
}

// portion finds out which of the recipients that the pass has left come
// within a number of messages.
func (s *scope) portion(pass *crier.DeliveryPass, free int64) (taken int64, bounds []*int32, err error) {
	p := ledger.Pass{Number: pass.Number, Selects: pass.Selects, Generation: s.state.Generation}
	bounds = make([]*int32, len(s.shards))
	for i := range s.shards {
		n, until, err := ledger.Portion(&s.shards[i].State, p, free-taken)
		if err != nil {
			return 0, nil, err
		}
		taken += n
		bounds[i] = until
	}
	return taken, bounds, nil
}

// bind writes the bounds into the shards. No sender is at work.
func (s *scope) bind(ctx context.Context, bounds []*int32) error {
	for i := range s.shards {
		if !ledger.Bound(&s.shards[i].State, bounds[i]) {
			continue
		}
		if err := s.Client.Update(ctx, &s.shards[i]); err != nil {
			return err
		}
	}
	return nil
}
