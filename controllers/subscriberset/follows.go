package subscriberset

import (
	"context"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
)

// Follows says whether a set that is Ready has what the sets of its union have
// by now. A union learns of their changes a moment later, and is Ready all that
// time: of objects that are applied at once, a Broadcast could be planned with
// people who were just taken out, or without those who were just excluded. One
// that is held back is used as it is. reader must not be a cache.
func Follows(ctx context.Context, reader client.Reader, set *crier.SubscriberSet) (bool, error) {
	return follows(ctx, reader, set, map[string]bool{})
}

func follows(ctx context.Context, reader client.Reader, set *crier.SubscriberSet, seen map[string]bool) (bool, error) {
	if set.Spec.Source.Union == nil || set.Status.Held != nil || seen[set.Name] {
		return true, nil
	}
	seen[set.Name] = true
	if set.Status.Roster == nil || set.Status.Sync == nil {
		return false, nil
	}
	s := &scope{Reconciler: &Reconciler{Reader: reader}, set: set, source: kinds(set.Spec.Source)}
	now, err := s.gather(ctx)
	if err != nil || set.Status.Sync.Inputs != now.of(set.Status.Roster.Digest) {
		return false, err
	}
	for _, name := range membersOf(set) {
		var member crier.SubscriberSet
		err := reader.Get(ctx, client.ObjectKey{Namespace: set.Namespace, Name: name}, &member)
		if apierrors.IsNotFound(err) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if ok, err := follows(ctx, reader, &member, seen); err != nil || !ok {
			return false, err
		}
	}
	return true, nil
}
