package rosterstore

import (
	"context"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
)

// sweepAge spares the rosters of objects that a cache may not have yet.
const sweepAge = 10 * time.Minute

// Sweep deletes the rosters of objects that are gone: known has the identity
// (see names.Identity) of every one that is there. Objects of users carry no
// finalizers, so of one that went away while no manager ran nothing else tells.
func (s *Store) Sweep(ctx context.Context, known map[string]bool, now time.Time) error {
	list := secretList()
	err := s.Reader.List(ctx, list, client.InNamespace(s.Namespace), client.MatchingLabels{crier.LabelComponent: s.Component})
	if err != nil {
		return err
	}
	for _, part := range list.Items {
		if known[part.Labels[crier.LabelIdentity]] || now.Sub(part.CreationTimestamp.Time) < sweepAge {
			continue
		}
		part.SetGroupVersionKind(secretKind)
		if err := client.IgnoreNotFound(s.Client.Delete(ctx, &part)); err != nil {
			return err
		}
	}
	return nil
}
