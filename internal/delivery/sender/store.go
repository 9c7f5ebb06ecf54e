// Package sender is what a sender pod does: it takes shards of recipients,
// hands their messages over to the relay, and accounts for every one of them.
package sender

import (
	"context"

	corev1 "k8s.io/api/core/v1"

	crier "crier.dev/crier/api/v1alpha1"
)

// Store is all that a sender may do with the Kubernetes API. Errors are those
// of k8s.io/apimachinery/pkg/api/errors where the server answered.
type Store interface {
	GetShard(ctx context.Context, name string) (*crier.DeliveryShard, error)
	// UpdateShard fails with a conflict unless the shard is still the one
	// with this resourceVersion. It returns what was stored.
	UpdateShard(ctx context.Context, shard *crier.DeliveryShard) (*crier.DeliveryShard, error)
	GetSecret(ctx context.Context, name string) (*corev1.Secret, error)
}
