package gather

import (
	"context"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/readable"
	"crier.dev/crier/internal/recipients/source/kinds"
)

// Follows says whether a set that is Ready was read from what there is by now:
// files in ConfigMaps and Secrets, Secrets with credentials, and the sets of a
// union with theirs. Its controller learns of a change a moment later, and the
// set is Ready all that time: of objects that are applied at once, a Broadcast
// could be planned with people who were just taken out, or without those who
// were just excluded. A set whose sync is held, or whose server can't be
// reached, follows as soon as that was found out. What a server outside the
// cluster has by now isn't asked. reader must not be a cache.
func Follows(ctx context.Context, reader client.Reader, set *crier.SubscriberSet) (bool, error) {
	return follows(ctx, reader, set, map[string]bool{})
}

func follows(ctx context.Context, reader client.Reader, set *crier.SubscriberSet, seen map[string]bool) (bool, error) {
	if !kinds.Known(set.Spec.Source) {
		return false, nil // what it is read from isn't known
	}
	from := kinds.New(set.Spec.Source)
	if seen[set.Name] || len(from.Uses()) == 0 {
		return true, nil
	}
	seen[set.Name] = true
	now, err := InputsOf(ctx, reader, set, from)
	if err != nil || !lookedAt(set, now) {
		return false, err
	}
	for _, name := range kinds.Members(set.Spec.Source) {
		var member crier.SubscriberSet
		err := reader.Get(ctx, client.ObjectKey{Namespace: set.Namespace, Name: name}, &member)
		if apierrors.IsNotFound(err) {
			return false, nil
		}
		if readable.Ignore(err) != nil {
			return false, err
		}
		if ok, err := follows(ctx, reader, &member, seen); err != nil || !ok {
			return false, err
		}
	}
	return true, nil
}

// lookedAt says whether the status is about these inputs, be it that they can't
// be read, or that what they gave is held.
func lookedAt(set *crier.SubscriberSet, now Inputs) bool {
	status := &set.Status
	switch {
	case status.Roster == nil || status.Sync == nil:
		return false
	case status.Sync.Inputs == now.Of(status.Roster.Digest):
		return true
	case status.Held != nil && status.Held.Inputs == "": // of an older release
		return true
	}
	tried := now.Attempt(Expected(set))
	return status.Held != nil && status.Held.Inputs == tried || status.Attempt != nil && status.Attempt.Inputs == tried
}

// ReadAt is when the source of a set was last read, also in vain; the zero time
// for never.
func ReadAt(set *crier.SubscriberSet) time.Time {
	var last time.Time
	later := func(t time.Time) {
		if t.After(last) {
			last = t
		}
	}
	if sync := set.Status.Sync; sync != nil {
		later(sync.At.Time)
	}
	if attempt := set.Status.Attempt; attempt != nil {
		later(attempt.At.Time)
	}
	if held := set.Status.Held; held != nil && held.ReadAt != nil {
		later(held.ReadAt.Time)
	}
	return last
}
