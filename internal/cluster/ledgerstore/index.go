package ledgerstore

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/recipients/suppression"
)

// WriteIndex writes the first key of each shard of a freeze, by which a
// recipient is found without reading the others. Records of Broadcasts have
// one; those that an older release froze get theirs when all recipients have
// been read. One that doesn't fit isn't written.
func (s *Store) WriteIndex(ctx context.Context, record *crier.DeliveryRecord, frozen *crier.FrozenDelivery, keys []string) error {
	if record.Spec.Purpose != crier.RecordBroadcast {
		return nil
	}
	data, err := pack(suppression.Index{Attempt: frozen.Attempt, Digest: frozen.Digest, Recipients: frozen.Recipients, Keys: keys})
	if err != nil || len(data) > maxSecret {
		return err
	}
	return s.create(ctx, &corev1.Secret{
		ObjectMeta: Meta(record, s.Namespace, frozen.Attempt, crier.ComponentIndex, names.IndexSecretName(record.Name, frozen.Attempt)),
		Immutable:  new(true),
		Data:       map[string][]byte{names.IndexKey: data},
	})
}

// Index reads it; nil if there is none, or one that isn't of this freeze.
func (s *Store) Index(ctx context.Context, record *crier.DeliveryRecord) (*suppression.Index, error) {
	frozen, secret := record.State.Frozen, &corev1.Secret{}
	key := client.ObjectKey{Namespace: s.Namespace, Name: names.IndexSecretName(record.Name, frozen.Attempt)}
	if err := s.Reader.Get(ctx, key, secret); err != nil {
		return nil, client.IgnoreNotFound(err)
	}
	index := &suppression.Index{}
	bad := unpack(secret.Data[names.IndexKey], index)
	if bad == nil && index.Fits(frozen.Attempt, frozen.Digest, frozen.Recipients, int(frozen.Shards)) {
		return index, nil
	}
	return nil, nil
}
