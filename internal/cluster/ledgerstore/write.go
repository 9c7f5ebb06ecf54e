package ledgerstore

import (
	"context"
	"strings"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
)

// create makes an object that is never changed by the manager again. One
// that is there already is the same one: its name holds a random attempt.
func (s *Store) create(ctx context.Context, obj client.Object) error {
	return client.IgnoreAlreadyExists(Counting(s.Client).Create(ctx, obj))
}

// Sweep deletes what dead attempts of the record left behind, or all detail
// when keep is empty. Only metadata is read.
func (s *Store) Sweep(ctx context.Context, record *crier.DeliveryRecord, keep string) error {
	kinds := []schema.GroupVersionKind{
		crier.GroupVersion.WithKind("DeliveryShardList"),
		corev1.SchemeGroupVersion.WithKind("SecretList"),
	}
	for _, kind := range kinds {
		list := &metav1.PartialObjectMetadataList{}
		list.SetGroupVersionKind(kind)
		err := s.Reader.List(ctx, list, client.InNamespace(s.Namespace), client.MatchingLabels{crier.LabelRecord: record.Name})
		if err != nil {
			return err
		}
		deletes, ctx := errgroup.WithContext(ctx)
		deletes.SetLimit(parallel)
		for i := range list.Items {
			deletes.Go(func() error {
				if err := ctx.Err(); err != nil { // one has failed, or there is no time left
					return err
				}
				return s.sweepOne(ctx, kind, &list.Items[i], keep)
			})
		}
		if err := deletes.Wait(); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) sweepOne(ctx context.Context, kind schema.GroupVersionKind, obj *metav1.PartialObjectMetadata, keep string) error {
	if keep != "" && obj.Labels[crier.LabelAttempt] == keep {
		return nil
	}
	obj.SetGroupVersionKind(kind.GroupVersion().WithKind(strings.TrimSuffix(kind.Kind, "List")))
	return client.IgnoreNotFound(s.Client.Delete(ctx, obj))
}
