package ledgerstore

import (
	"context"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	corev1 "k8s.io/api/core/v1"

	crier "crier.dev/crier/api/v1alpha1"
)

// create makes an object that is never changed by the manager again. One
// that is there already is the same one: its name holds a random attempt.
func (s *Store) create(ctx context.Context, obj client.Object) error {
	return client.IgnoreAlreadyExists(s.Client.Create(ctx, obj))
}

// Sweep deletes what dead attempts of the record left behind, or all detail
// when keep is empty. It returns when all of it was asked for.
func (s *Store) Sweep(ctx context.Context, record *crier.DeliveryRecord, keep string) error {
	selector := client.MatchingLabels{crier.LabelRecord: record.Name}
	shards := &crier.DeliveryShardList{}
	if err := s.Reader.List(ctx, shards, client.InNamespace(s.Namespace), selector); err != nil {
		return err
	}
	for i := range shards.Items {
		if err := s.sweepOne(ctx, &shards.Items[i], keep); err != nil {
			return err
		}
	}
	secrets := &corev1.SecretList{}
	if err := s.Reader.List(ctx, secrets, client.InNamespace(s.Namespace), selector); err != nil {
		return err
	}
	for i := range secrets.Items {
		if err := s.sweepOne(ctx, &secrets.Items[i], keep); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) sweepOne(ctx context.Context, obj client.Object, keep string) error {
	if keep != "" && obj.GetLabels()[crier.LabelAttempt] == keep {
		return nil
	}
	err := s.Client.Delete(ctx, obj)
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}
