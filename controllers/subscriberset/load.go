package subscriberset

import (
	"context"
	"errors"
	"fmt"
	"io"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/ledger"
	"crier.dev/crier/internal/roster"
)

// ErrRosterUnavailable says that a roster isn't stored as the status of its
// set has it: a newer one took its place, it was tampered with, or it was
// stored by another release.
var ErrRosterUnavailable = errors.New("the roster is not stored as the status says")

// Open reads the roster that the status of set names, sorted by key, one part
// at a time. Order and digest are checked, the latter at the end: nothing of
// it may be relied on before Next has returned io.EOF. An error that wraps
// ErrRosterUnavailable mends itself when the set is read again; none quotes a
// subscriber.
func Open(ctx context.Context, reader client.Reader, operatorNamespace string, set *crier.SubscriberSet) roster.Source {
	s := &stored{ctx: ctx, reader: reader, namespace: operatorNamespace, set: set}
	if set.Status.Roster != nil {
		s.rows = roster.NewReader(set.Status.Roster.Digest, s.next)
	}
	return s
}

// stored is a roster while it is read.
type stored struct {
	ctx       context.Context
	reader    client.Reader
	namespace string
	set       *crier.SubscriberSet
	rows      *roster.Reader
	part      int32
}

// Next returns the next subscriber, or io.EOF.
func (s *stored) Next() (roster.Row, error) {
	if s.rows == nil {
		return roster.Row{}, s.unavailable("it has none")
	}
	row, err := s.rows.Next()
	if errors.Is(err, roster.ErrDamaged) {
		return row, s.unavailable(err.Error())
	}
	return row, err
}

func (s *stored) unavailable(why string) error {
	return fmt.Errorf("SubscriberSet %s/%s: %s: %w", s.set.Namespace, s.set.Name, why, ErrRosterUnavailable)
}

// next reads the next part.
func (s *stored) next() ([]byte, error) {
	if s.part == s.set.Status.Roster.Parts {
		return nil, io.EOF
	}
	name := ledger.RosterSecretName(s.set.Namespace, s.set.Name, s.set.Status.Roster.Digest, s.part)
	s.part++
	var secret corev1.Secret
	err := s.reader.Get(s.ctx, client.ObjectKey{Namespace: s.namespace, Name: name}, &secret)
	if apierrors.IsNotFound(err) {
		return nil, s.unavailable("a part of it is gone")
	}
	if err != nil {
		return nil, err
	}
	return secret.Data[ledger.RosterKey], nil
}
