package ledgerstore

import (
	"context"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/delivery/ledger"
	"crier.dev/crier/internal/words"
)

// mostSeen bounds the memory of records; one takes some 300 octets.
const mostSeen = 200_000

// Seen is what one controller remembers of the ledger as it saw it, since the
// process began. What it looks at must be read from the API server, and of each
// record one after the other: an answer that was overtaken would look as if the
// ledger had been set back. The zero value is ready.
type Seen struct {
	mu      sync.Mutex
	records map[string]*seenRecord
}

type seenRecord struct {
	record ledger.RecordSighting
	// setBack is why it is, until the record itself says so.
	setBack string
	attempt string
	shards  map[int32]ledger.Sighting
}

func (s *Seen) of(record *crier.DeliveryRecord) *seenRecord {
	seen := s.records[record.Name]
	if seen == nil {
		if s.records == nil || len(s.records) >= mostSeen {
			s.records = map[string]*seenRecord{}
		}
		seen = &seenRecord{}
		s.records[record.Name] = seen
	}
	return seen
}

// Record looks at a record as it was just read. If it, or a shard of it, was set
// back, that is noted in its state, which is to be written: it is true for the next
// process as well. Until it is read there it isn't forgotten.
func (s *Seen) Record(record *crier.DeliveryRecord, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := s.of(record)
	var err error
	if seen.record, err = seen.record.See(record); err != nil && seen.setBack == "" {
		seen.setBack = err.Error()
	}
	if record.State.SetBack != nil {
		seen.setBack = ""
	}
	seen.note(record, now)
}

// First looks at a record that wasn't seen yet, as a cache has it; of any other,
// what is known is newer.
func (s *Seen) First(record *crier.DeliveryRecord) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.records[record.Name] == nil {
		seen := s.of(record)
		seen.record, _ = ledger.RecordSighting{}.See(record)
	}
}

// note puts into the state that the ledger was set back, unless it is there.
func (s *seenRecord) note(record *crier.DeliveryRecord, now time.Time) {
	if state := &record.State; state.SetBack == nil && s.setBack != "" {
		state.SetBack = setBackAt(s.setBack, now)
	}
}

// maxSetBack is how much of why is kept, in octets.
const maxSetBack = 500

func setBackAt(why string, now time.Time) *crier.RecordSetBack {
	return &crier.RecordSetBack{At: metav1.NewTime(now), Message: words.Shorten(why, maxSetBack)}
}

// Shards looks at all shards of a frozen record, as they were read now. skew is
// the largest by which the clock of a holder was seen to be off, see
// ledger.Sighting, and of is the shard that it holds.
func (s *Seen) Shards(record *crier.DeliveryRecord, shards []crier.DeliveryShard, now time.Time) (skew time.Duration, of *crier.DeliveryShard) {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := s.of(record)
	if attempt := record.State.Frozen.Attempt; seen.attempt != attempt || seen.shards == nil {
		seen.attempt, seen.shards = attempt, make(map[int32]ledger.Sighting, len(shards))
	}
	for i := range shards {
		shard := &shards[i]
		next, off, err := seen.shards[shard.Spec.Index].See(shard, now)
		seen.shards[shard.Spec.Index] = next
		if err != nil && seen.setBack == "" {
			seen.setBack = shard.Name + ": " + err.Error()
		}
		if off.Abs() > skew.Abs() {
			skew, of = off, shard
		}
	}
	seen.note(record, now)
	return skew, of
}

// Through is a client whose writes of records and shards are remembered as well:
// a state that is set back to before the last write is known by it.
func (s *Seen) Through(c client.Client, now time.Time) client.Client {
	return remembering{Client: c, seen: s, now: now}
}

type remembering struct {
	client.Client
	seen *Seen
	now  time.Time
}

func (c remembering) Update(ctx context.Context, obj client.Object, options ...client.UpdateOption) error {
	if err := c.Client.Update(ctx, obj, options...); err != nil {
		return err
	}
	c.seen.wrote(obj, c.now)
	return nil
}

func (s *Seen) wrote(obj client.Object, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch obj := obj.(type) {
	case *crier.DeliveryRecord:
		seen := s.of(obj)
		seen.record, _ = ledger.RecordSighting{}.See(obj)
	case *crier.DeliveryShard:
		seen := s.records[obj.Spec.Record]
		if seen == nil || seen.attempt != obj.Spec.Attempt {
			return
		}
		if next, _, err := seen.shards[obj.Spec.Index].See(obj, now); err == nil {
			seen.shards[obj.Spec.Index] = next
		}
	}
}

// Stale says whether the claim of a shard has stood still for longer than its
// lease. One that wasn't looked at has not.
func (s *Seen) Stale(shard *crier.DeliveryShard, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := s.records[shard.Spec.Record]
	if seen == nil || seen.attempt != shard.Spec.Attempt {
		return false
	}
	sighting, looked := seen.shards[shard.Spec.Index]
	return looked && sighting.Stale(now)
}

// Finished forgets the shards of a record that nobody sends any more.
func (s *Seen) Finished(record *crier.DeliveryRecord) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if seen := s.records[record.Name]; seen != nil {
		seen.attempt, seen.shards = "", nil
	}
}
