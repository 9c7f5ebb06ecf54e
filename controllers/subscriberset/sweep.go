package subscriberset

import (
	"context"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/names"
)

const sweepEvery = time.Hour

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
	var sets crier.SubscriberSetList
	if err := s.Client.List(ctx, &sets, client.UnsafeDisableDeepCopy); err != nil {
		return err
	}
	known := map[string]bool{}
	for i := range sets.Items {
		known[names.Identity(sets.Items[i].Namespace, sets.Items[i].Name)] = true
	}
	return s.rosters().Sweep(ctx, known, s.Clock.Now())
}
