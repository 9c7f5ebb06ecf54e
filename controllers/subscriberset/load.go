package subscriberset

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/ledger"
	"crier.dev/crier/internal/roster"
)

// ErrRosterUnavailable says that a roster isn't stored as the status of its
// set has it: a newer one took its place, or it was tampered with.
var ErrRosterUnavailable = errors.New("the roster is not stored as the status says")

// Load reads the roster that the status of set names, sorted by address. The
// digest is checked. An error that wraps ErrRosterUnavailable mends itself
// when the set is read again; none quotes a subscriber.
func Load(ctx context.Context, reader client.Reader, operatorNamespace string, set *crier.SubscriberSet) ([]roster.Subscriber, error) {
	if set.Status.Roster == nil {
		return nil, fmt.Errorf("SubscriberSet %s/%s has none: %w", set.Namespace, set.Name, ErrRosterUnavailable)
	}
	want, sum := set.Status.Roster, sha256.New()
	out := make([]roster.Subscriber, 0, set.Status.Subscribers)
	for i := range want.Parts {
		name := ledger.RosterSecretName(set.Namespace, set.Name, want.Digest, i)
		var secret corev1.Secret
		err := reader.Get(ctx, client.ObjectKey{Namespace: operatorNamespace, Name: name}, &secret)
		if apierrors.IsNotFound(err) {
			return nil, fmt.Errorf("part %d of SubscriberSet %s/%s is gone: %w", i, set.Namespace, set.Name, ErrRosterUnavailable)
		}
		if err != nil {
			return nil, err
		}
		if out, err = decode(secret.Data[ledger.RosterKey], sum, out); err != nil {
			return nil, fmt.Errorf("part %d of SubscriberSet %s/%s is damaged: %w", i, set.Namespace, set.Name, ErrRosterUnavailable)
		}
	}
	if digestPrefix+hex.EncodeToString(sum.Sum(nil)) != want.Digest {
		return nil, fmt.Errorf("digest of SubscriberSet %s/%s differs: %w", set.Namespace, set.Name, ErrRosterUnavailable)
	}
	return out, nil
}

// decode adds the subscribers of a part to out and its lines to sum.
func decode(part []byte, sum hash.Hash, out []roster.Subscriber) ([]roster.Subscriber, error) {
	lines, err := gzip.NewReader(bytes.NewReader(part))
	if err != nil {
		return nil, err
	}
	// One part of maxPart octets unpacks to a thousand times that at most.
	if _, err := io.Copy(sum, io.LimitReader(lines, 1024*maxPart)); err != nil {
		return nil, err
	}
	err = roster.Decode(bytes.NewReader(part), func(s roster.Subscriber) error {
		out = append(out, s)
		return nil
	})
	return out, err
}
