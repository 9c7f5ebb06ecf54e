// Package rosterstore keeps rosters, which are rows sorted by key, in Secrets
// of the operator's namespace: the parts of one carry its digest in their
// names, so that a roster never changes.
package rosterstore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/flight"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/recipients/roster"
)

// maxPart is the size of a part in octets: about 20,000 rows. A Secret may
// hold 1 MiB, but a plan holds a part of every roster at once.
const maxPart = 250_000

// annotationPart is the digest of the part itself: the same roster may be cut
// or compressed differently by another release.
const annotationPart = "crier.dev/part-digest"

// parallel is how many parts are on their way to the API server at once.
const parallel = 3

// ErrChanged says that the rows are not those that the digest is of.
var ErrChanged = errors.New("roster: it changed while it was stored")

// Kind is what rosters are of.
type Kind struct {
	// Component is the value of the label crier.dev/component.
	Component string
	// SecretName of a part of the roster with that digest of an object.
	SecretName func(namespace, name, digest string, part int32) string
}

// Rosters are those of SubscriberSets.
var Rosters = Kind{crier.ComponentRoster, names.RosterSecretName}

// Suppressions are rosters of addresses that are not written to.
var Suppressions = Kind{crier.ComponentSuppression, names.SuppressionSecretName}

// Store writes the rosters of one kind.
type Store struct {
	Kind
	// Client writes.
	Client client.Client
	// Reader asks the API server: Secrets are in no cache.
	Reader client.Reader
	// Namespace of the operator.
	Namespace string
}

// Write stores the rows of an object that have that digest, as far as they are
// not there yet, and returns in how many parts. It returns ErrChanged if they
// have another one.
func (s *Store) Write(ctx context.Context, of client.ObjectKey, digest string, rows roster.Rows) (parts int32, err error) {
	stored, err := s.parts(ctx, of)
	if err != nil {
		return 0, err
	}
	writes := flight.New(ctx, parallel)
	found, _, err := roster.EncodeRows(rows, maxPart, func(part []byte) error {
		index := parts
		parts++
		return writes.Do(func(ctx context.Context) error {
			return s.writePart(ctx, stored, s.secret(of, digest, index, part))
		})
	})
	if failed := writes.Wait(); failed != nil {
		return 0, failed
	}
	if err == nil && found != digest {
		err = ErrChanged
	}
	return parts, err
}

func (s *Store) writePart(ctx context.Context, stored map[string]metav1.PartialObjectMetadata, secret *corev1.Secret) error {
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

func (s *Store) secret(of client.ObjectKey, digest string, part int32, data []byte) *corev1.Secret {
	sum := sha256.Sum256(data)
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{
			Namespace:   s.Namespace,
			Name:        s.SecretName(of.Namespace, of.Name, digest, part),
			Labels:      s.labels(of),
			Annotations: map[string]string{annotationPart: "sha256:" + hex.EncodeToString(sum[:])},
		},
		Immutable: ptr.To(true),
		Type:      corev1.SecretTypeOpaque,
		Data:      map[string][]byte{names.RosterKey: data},
	}
}

func (s *Store) labels(of client.ObjectKey) map[string]string {
	return map[string]string{
		crier.LabelComponent: s.Component,
		crier.LabelIdentity:  names.Identity(of.Namespace, of.Name),
	}
}

// parts lists the parts of all rosters of an object, without content.
func (s *Store) parts(ctx context.Context, of client.ObjectKey) (map[string]metav1.PartialObjectMetadata, error) {
	list := secretList()
	err := s.Reader.List(ctx, list, client.InNamespace(s.Namespace), client.MatchingLabels(s.labels(of)))
	out := make(map[string]metav1.PartialObjectMetadata, len(list.Items))
	for _, item := range list.Items {
		item.SetGroupVersionKind(secretKind)
		out[item.Name] = item
	}
	return out, err
}

var secretKind = corev1.SchemeGroupVersion.WithKind("Secret")

func secretList() *metav1.PartialObjectMetadataList {
	list := &metav1.PartialObjectMetadataList{}
	list.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("SecretList"))
	return list
}

// Tidy deletes all rosters of an object but those with these digests.
func (s *Store) Tidy(ctx context.Context, of client.ObjectKey, keep ...string) error {
	stored, err := s.parts(ctx, of)
	if err != nil {
		return err
	}
	for name, part := range stored {
		if s.belongs(name, of, keep) {
			continue
		}
		if err := client.IgnoreNotFound(s.Client.Delete(ctx, &part)); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) belongs(secret string, of client.ObjectKey, digests []string) bool {
	for _, digest := range digests {
		prefix := strings.TrimSuffix(s.SecretName(of.Namespace, of.Name, digest, 0), "0")
		if digest != "" && strings.HasPrefix(secret, prefix) {
			return true
		}
	}
	return false
}
