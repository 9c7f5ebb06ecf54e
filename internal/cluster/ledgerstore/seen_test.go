package ledgerstore

import (
	"testing"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
)

// That a record was set back is said at every look until it is written, whatever
// keeps it from being written.
func TestSetBackIsSaidUntilItIsWritten(t *testing.T) {
	read := func(version string, sequence int64, back *crier.RecordSetBack) *crier.DeliveryRecord {
		record := &crier.DeliveryRecord{}
		record.Name, record.UID, record.ResourceVersion = "b-news", "uid", version
		record.State = crier.DeliveryRecordState{
			Run: 1, Sequence: sequence, Stage: crier.RecordFrozen, SetBack: back,
			Frozen: &crier.FrozenDelivery{Attempt: "a1", Shards: 1},
		}
		return record
	}
	shard := crier.DeliveryShard{Spec: crier.DeliveryShardSpec{Record: "b-news", Attempt: "a1"}}
	shard.UID, shard.ResourceVersion = "uid-shard", "1"
	var seen Seen
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	look := func(record *crier.DeliveryRecord) *crier.RecordSetBack {
		seen.Record(record, now)
		seen.Shards(record, []crier.DeliveryShard{shard}, now)
		return record.State.SetBack
	}
	if back := look(read("2", 5, nil)); back != nil {
		t.Errorf("nothing was set back: %+v", back)
	}
	for n := range 3 { // each time the write fails
		if look(read("3", 4, nil)) == nil {
			t.Fatalf("look %d doesn't say that the record was set back", n)
		}
	}
	written := setBackAt("it was", now)
	if look(read("4", 5, written)) == nil {
		t.Error("what was written is gone")
	}
	if back := look(read("5", 6, nil)); back != nil {
		t.Errorf("a person has released it, and it is said again: %+v", back)
	}
}
