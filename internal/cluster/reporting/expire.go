package reporting

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
)

// Expire deletes the rows of a report, which name people and take most of its
// room: all pages but the first, and that one's CSV. Summary and JSON stay. It
// returns the names of what is left, and does nothing the second time.
func (r *Reporter) Expire(ctx context.Context, broadcast *crier.Broadcast) ([]string, error) {
	if err := r.removeAfter(ctx, broadcast, 1); err != nil {
		return nil, err
	}
	first := &corev1.ConfigMap{}
	key := client.ObjectKey{Namespace: broadcast.Namespace, Name: configMapName(broadcast.Name, 0)}
	if err := r.Store.Reader.Get(ctx, key, first); err != nil {
		return nil, client.IgnoreNotFound(err)
	}
	if !metav1.IsControlledBy(first, broadcast) {
		return nil, nil
	}
	if _, rows := first.Data[FailuresKey]; rows {
		delete(first.Data, FailuresKey)
		if err := r.applyPage(ctx, broadcast, first.Name, first.Data); err != nil {
			return nil, err
		}
	}
	return []string{first.Name}, nil
}
