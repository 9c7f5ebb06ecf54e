// Package ledgerstore writes the ledger's objects (frozen messages,
// recipients, shards) and reads them back. Nothing of it is ever cached: the
// ledger decides about mail, and a stale answer would be a wrong one.
package ledgerstore

import (
	"context"
	"sort"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/intact"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/readable"
)

// Store gives access to the ledger.
type Store struct {
	// Client writes.
	Client client.Client
	// Reader reads from the API server, not from a cache.
	Reader client.Reader
	// Namespace of the operator, where all but the records is.
	Namespace string
	// Clock tells the time.
	Clock clock.PassiveClock
	// NewID makes the id of an attempt: 10 random characters of a-z and 2-7.
	NewID func() string
	// NewKey makes the 32 random octets of a run.
	NewKey func() []byte
}

// Record reads the record of a Broadcast.
func (s *Store) Record(ctx context.Context, namespace, broadcast string) (*crier.DeliveryRecord, error) {
	record := &crier.DeliveryRecord{}
	key := client.ObjectKey{Name: names.RecordName(namespace, broadcast)}
	if err := intact.Reader(s.Reader).Get(ctx, key, record); err != nil {
		return nil, err
	}
	return record, nil
}

// shardsPerPage is how many shards one answer of the API server has: with an
// exception for every recipient, each of them may have 200 kB.
const shardsPerPage = 25

// EachShard gives every shard of the frozen attempt to yield, in no order, a
// page at a time. An error of yield ends it.
func (s *Store) EachShard(ctx context.Context, record *crier.DeliveryRecord, yield func(*crier.DeliveryShard) error) error {
	if record.State.Frozen == nil {
		return nil
	}
	next := ""
	for {
		list := &crier.DeliveryShardList{}
		err := s.Reader.List(ctx, list, client.InNamespace(s.Namespace), client.MatchingLabels{
			crier.LabelRecord:  record.Name,
			crier.LabelAttempt: record.State.Frozen.Attempt,
		}, client.Limit(shardsPerPage), client.Continue(next))
		if err != nil {
			return err
		}
		for i := range list.Items {
			if err := readable.Check(&list.Items[i]); err != nil {
				return err
			}
			if err := yield(&list.Items[i]); err != nil {
				return err
			}
		}
		if next = list.Continue; next == "" {
			return nil
		}
	}
}

// Shards lists the shards of the frozen attempt by their index. It holds all
// of them, with everything that is known of single recipients; EachShard
// doesn't.
func (s *Store) Shards(ctx context.Context, record *crier.DeliveryRecord) ([]crier.DeliveryShard, error) {
	var shards []crier.DeliveryShard
	err := s.EachShard(ctx, record, func(shard *crier.DeliveryShard) error {
		shards = append(shards, *shard)
		return nil
	})
	sort.Slice(shards, func(i, j int) bool { return shards[i].Spec.Index < shards[j].Spec.Index })
	return shards, err
}

// Meta is the metadata of a machine-owned object of a record. The record
// owns it, so that the end of the record is the end of its senders' rights.
func Meta(record *crier.DeliveryRecord, namespace, attempt, component, name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{
		Name:      name,
		Namespace: namespace,
		Labels: map[string]string{
			crier.LabelRecord:    record.Name,
			crier.LabelAttempt:   attempt,
			crier.LabelComponent: component,
		},
		OwnerReferences: []metav1.OwnerReference{{
			APIVersion: crier.GroupVersion.String(), Kind: "DeliveryRecord",
			Name: record.Name, UID: record.UID,
		}},
	}
}
