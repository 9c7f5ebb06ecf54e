package subscriberset

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/flight"
	"crier.dev/crier/internal/kstatus"
	"crier.dev/crier/internal/ledger"
	"crier.dev/crier/internal/roster"
)

// keepPrevious is how long the roster before the present one is kept,
// because a plan may be reading it.
const keepPrevious = 10 * time.Minute

// annotationPart is the digest of the part itself: the same roster may be
// cut or compressed differently by another release.
const annotationPart = "crier.dev/part-digest"

// parallel is how many parts are on their way to the API server at once.
const parallel = 3

// store writes the parts that aren't there yet.
func (s *scope) store(ctx context.Context) (*kstatus.Verdict, error) {
	stored, err := s.stored(ctx, s.set.Namespace, s.set.Name)
	if err != nil {
		return nil, err
	}
	rows, err := s.collected.Rows()
	if err != nil {
		return nil, errors.New("roster: can't be sorted") // the error could quote a subscriber
	}
	writes := flight.New(ctx, parallel)
	digest, _, err := roster.EncodeRows(rows, maxPart, func(part []byte) error {
		index := s.parts
		s.parts++
		return writes.Do(func(ctx context.Context) error { return s.storePart(ctx, stored, index, part) })
	})
	if failed := writes.Wait(); failed != nil {
		err = failed
	}
	if err == nil && digest != s.digest {
		err = errors.New("roster: it changed while it was stored")
	}
	return nil, err
}

func (s *scope) storePart(ctx context.Context, stored map[string]metav1.PartialObjectMetadata, index int32, part []byte) error {
	secret := rosterSecret(s.Namespace, s.set, s.digest, index, part)
	if old, ok := stored[secret.Name]; ok {
		if old.Annotations[annotationPart] == secret.Annotations[annotationPart] {
			return nil
		}
		if err := client.IgnoreNotFound(s.Client.Delete(ctx, &old)); err != nil {
			return err
		}
	}
	return client.IgnoreAlreadyExists(s.Client.Create(ctx, secret))
}

// rosterSecret is one part of a roster. The name carries the digest, so that
// the roster of a given status never changes.
func rosterSecret(namespace string, set *crier.SubscriberSet, digest string, part int32, data []byte) *corev1.Secret {
	sum := sha256.Sum256(data)
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: namespace,
			Name:      ledger.RosterSecretName(set.Namespace, set.Name, digest, part),
			Labels: map[string]string{
				crier.LabelComponent: crier.ComponentRoster,
				crier.LabelIdentity:  ledger.Identity(set.Namespace, set.Name),
			},
			Annotations: map[string]string{annotationPart: "sha256:" + hex.EncodeToString(sum[:])},
		},
		Immutable: ptr.To(true),
		Type:      corev1.SecretTypeOpaque,
		Data:      map[string][]byte{ledger.RosterKey: data},
	}
}

// stored lists the parts of all rosters of a set, without content.
func (r *Reconciler) stored(ctx context.Context, namespace, name string) (map[string]metav1.PartialObjectMetadata, error) {
	list := &metav1.PartialObjectMetadataList{}
	list.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("SecretList"))
	err := r.Reader.List(ctx, list, client.InNamespace(r.Namespace), client.MatchingLabels{
		crier.LabelComponent: crier.ComponentRoster,
		crier.LabelIdentity:  ledger.Identity(namespace, name),
	})
	out := make(map[string]metav1.PartialObjectMetadata, len(list.Items))
	for _, item := range list.Items {
		item.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Secret"))
		out[item.Name] = item
	}
	return out, err
}

// tidy deletes rosters that nobody needs any more: all but the present one
// and, for a while, the one before. It runs after the status was written.
func (s *scope) tidy(ctx context.Context) error {
	if s.set.Status.Roster == nil || s.digest == "" {
		return nil
	}
	keep := []string{s.digest}
	if s.untilTidy() > 0 {
		if s.previous.Roster == nil || s.previous.Roster.Digest == s.digest {
			return nil // nothing else became old in this pass
		}
		keep = append(keep, s.previous.Roster.Digest)
	}
	stored, err := s.stored(ctx, s.set.Namespace, s.set.Name)
	if err != nil {
		return err
	}
	for name, part := range stored {
		if !belongs(name, s.set, keep) {
			if err := client.IgnoreNotFound(s.Client.Delete(ctx, &part)); err != nil {
				return err
			}
		}
	}
	return nil
}

func belongs(secret string, set *crier.SubscriberSet, digests []string) bool {
	for _, digest := range digests {
		prefix := strings.TrimSuffix(ledger.RosterSecretName(set.Namespace, set.Name, digest, 0), "0")
		if strings.HasPrefix(secret, prefix) {
			return true
		}
	}
	return false
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
	stored, err := r.stored(ctx, key.Namespace, key.Name)
	if err != nil {
		return err
	}
	for _, part := range stored {
		if err := client.IgnoreNotFound(r.Client.Delete(ctx, &part)); err != nil {
			return err
		}
	}
	return nil
}
