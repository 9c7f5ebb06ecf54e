package subscriberset

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/names"
)

const (
	sweepEvery = time.Hour
	// sweepAge spares the rosters of sets that the cache may not have yet.
	sweepAge = 10 * time.Minute
)

// sweep deletes rosters of sets that were deleted while no manager ran:
// user objects carry no finalizers, so nothing else tells of it.
type sweep struct{ *Reconciler }

// Start runs until ctx is done; the manager calls it on the leader only.
func (s *sweep) Start(ctx context.Context) error {
	wait.UntilWithContext(ctx, func(ctx context.Context) {
		if err := s.once(ctx); err != nil {
			log.FromContext(ctx).Error(err, "sweep of rosters")
		}
	}, sweepEvery)
	return nil
}

// once deletes the rosters that no set of the cache has. The cache has the
// sets of the namespaces that are served; others need no roster.
func (s *sweep) once(ctx context.Context) error {
	rosters := &metav1.PartialObjectMetadataList{}
	rosters.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("SecretList"))
	if err := s.Reader.List(ctx, rosters, client.InNamespace(s.Namespace),
		client.MatchingLabels{crier.LabelComponent: crier.ComponentRoster}); err != nil {
		return err
	}
	var sets crier.SubscriberSetList
	if err := s.Client.List(ctx, &sets); err != nil {
		return err
	}
	known := map[string]bool{}
	for _, set := range sets.Items {
		known[names.Identity(set.Namespace, set.Name)] = true
	}
	for _, part := range rosters.Items {
		if known[part.Labels[crier.LabelIdentity]] || s.Clock.Since(part.CreationTimestamp.Time) < sweepAge {
			continue
		}
		part.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Secret"))
		if err := client.IgnoreNotFound(s.Client.Delete(ctx, &part)); err != nil {
			return err
		}
	}
	return nil
}
