package subscriberset

import (
	"context"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
)

// keepPrevious is how long the roster before the present one is kept,
// because a plan may be reading it.
const keepPrevious = 10 * time.Minute

// tidy deletes rosters that nobody needs any more: all but the present one,
// one that is held, and for a while the one before. It runs after the status was written.
func (s *scope) tidy(ctx context.Context) error {
	if s.set.Status.Roster == nil {
		return nil
	}
	keep := []string{s.set.Status.Roster.Digest}
	if held := s.set.Status.Held; held != nil {
		keep = append(keep, held.Digest)
	}
	if s.untilTidy() > 0 {
		if s.previous.Roster == nil || s.previous.Roster.Digest == s.set.Status.Roster.Digest {
			return nil // nothing else became old
		}
		keep = append(keep, s.previous.Roster.Digest)
	}
	return s.parts.Tidy(ctx, keep...) // what was stored just now is kept anyhow
}

// untilTidy is how long the roster before the present one is still kept.
func (s *scope) untilTidy() time.Duration {
	if s.set.Status.Roster == nil {
		return 0
	}
	return s.set.Status.Roster.SyncedAt.Add(keepPrevious).Sub(s.Clock.Now())
}

// forget deletes the rosters of a set that is gone. The cache may be behind,
// so the API server is asked.
func (r *Reconciler) forget(ctx context.Context, key client.ObjectKey) error {
	set := &metav1.PartialObjectMetadata{}
	set.SetGroupVersionKind(crier.GroupVersion.WithKind("SubscriberSet"))
	if err := r.Reader.Get(ctx, key, set); !apierrors.IsNotFound(err) {
		return err
	}
	return r.rosters().Tidy(ctx, key)
}
