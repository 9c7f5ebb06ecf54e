// Package sharebook keeps the books of the Relays' shares in Secrets, and knows
// what a Relay allows and which pods have ended.
package sharebook

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/delivery/share"
	"crier.dev/crier/internal/names"
)

// bookKey is where the Secret of a Relay's shares has its book.
const bookKey = "book"

// Store reads and writes the books of the Relays' shares, never from a cache.
type Store struct {
	Client    client.Client
	Reader    client.Reader
	Namespace string
}

// Sheet is a book as it was read.
type Sheet struct {
	*share.Book
	secret *corev1.Secret
}

// Missing says whether there is no such book yet.
func (s *Sheet) Missing() bool { return s.secret.ResourceVersion == "" }

// Name of the Secret with the shares of a Relay.
func Name(relay crier.NamespacedReference) string {
	return "shares-" + names.Identity(relay.Namespace, relay.Name)
}

// Read reads the book of a Relay; a new one if there is none.
func (s Store) Read(ctx context.Context, relay crier.NamespacedReference) (*Sheet, error) {
	secret := &corev1.Secret{}
	err := s.Reader.Get(ctx, client.ObjectKey{Namespace: s.Namespace, Name: Name(relay)}, secret)
	if apierrors.IsNotFound(err) {
		secret.ObjectMeta = metav1.ObjectMeta{
			Namespace: s.Namespace, Name: Name(relay), Labels: map[string]string{crier.LabelComponent: crier.ComponentShares},
		}
		return &Sheet{Book: &share.Book{}, secret: secret}, nil
	}
	if err != nil {
		return nil, err
	}
	book, err := share.DecodeBook(secret.Data[bookKey])
	return &Sheet{Book: book, secret: secret}, err
}

// Write writes the book unless somebody else has written it since it was
// read: that is a conflict, or that it exists already.
func (s Store) Write(ctx context.Context, sheet *Sheet) error {
	data, err := sheet.Encode()
	if err != nil {
		return err
	}
	sheet.secret.Data = map[string][]byte{bookKey: data}
	if sheet.Missing() {
		return s.Client.Create(ctx, sheet.secret)
	}
	return s.Client.Update(ctx, sheet.secret)
}

// Delete removes a book as it was read.
func (s Store) Delete(ctx context.Context, sheet *Sheet) error {
	uid, version := sheet.secret.UID, sheet.secret.ResourceVersion
	err := s.Client.Delete(ctx, sheet.secret, client.Preconditions{UID: &uid, ResourceVersion: &version})
	return client.IgnoreNotFound(err)
}
