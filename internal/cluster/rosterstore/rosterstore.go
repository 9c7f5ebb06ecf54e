// Package rosterstore keeps rosters, which are rows sorted by key, in Secrets
// of the operator's namespace: the parts of one carry its digest in their
// names, so that a roster never changes.
package rosterstore

import (
	"context"
	"errors"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/recipients/roster"
)

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
	stored, err := s.Parts(ctx, of)
	if err != nil {
		return 0, err
	}
	return stored.Write(ctx, digest, rows, About{})
}

// Tidy deletes all rosters of an object but those with these digests.
func (s *Store) Tidy(ctx context.Context, of client.ObjectKey, keep ...string) error {
	stored, err := s.Parts(ctx, of)
	if err != nil {
		return err
	}
	return stored.Tidy(ctx, keep...)
}

func (s *Store) labels(of client.ObjectKey) map[string]string {
	return map[string]string{
		crier.LabelComponent: s.Component,
		crier.LabelIdentity:  names.Identity(of.Namespace, of.Name),
	}
}

var secretKind = corev1.SchemeGroupVersion.WithKind("Secret")

func secretList() *metav1.PartialObjectMetadataList {
	list := &metav1.PartialObjectMetadataList{}
	list.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("SecretList"))
	return list
}
