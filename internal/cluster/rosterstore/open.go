package rosterstore

import (
	"context"
	"errors"
	"fmt"
	"io"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/recipients/roster"
)

// ErrUnavailable says that a roster isn't stored as the status of its object
// has it: a newer one took its place, it was tampered with, or it was stored by
// another release. It mends itself when the object is read again.
var ErrUnavailable = errors.New("the addresses are not stored as the status says")

// Open reads the roster that the status of an object names, sorted by key, one
// part at a time. Order and digest are checked, the latter at the end: nothing
// of it may be relied on before Next has returned io.EOF. Errors are those of
// reader, or wrap ErrUnavailable; none quotes a row.
func Open(ctx context.Context, reader client.Reader, operatorNamespace string, kind Kind, of client.ObjectKey, status *crier.RosterStatus) roster.Rows {
	s := &stored{ctx: ctx, reader: reader, namespace: operatorNamespace, kind: kind, of: of, status: status}
	if status != nil {
		s.rows = roster.NewReader(status.Digest, s.next)
	}
	return s
}

// stored is a roster while it is read.
type stored struct {
	ctx       context.Context
	reader    client.Reader
	namespace string
	kind      Kind
	of        client.ObjectKey
	status    *crier.RosterStatus
	rows      *roster.Reader
	part      int32
}

// Next returns the next row, or io.EOF.
func (s *stored) Next() (roster.Row, error) {
	if s.rows == nil {
		return roster.Row{}, s.unavailable("there are none")
	}
	row, err := s.rows.Next()
	if errors.Is(err, roster.ErrDamaged) {
		return row, s.unavailable(err.Error())
	}
	return row, err
}

func (s *stored) unavailable(why string) error {
	return fmt.Errorf("%s %s/%s: %s: %w", s.kind.Component, s.of.Namespace, s.of.Name, why, ErrUnavailable)
}

// next reads the next part.
func (s *stored) next() ([]byte, error) {
	if s.part == s.status.Parts {
		return nil, io.EOF
	}
	name := s.kind.SecretName(s.of.Namespace, s.of.Name, s.status.Digest, s.part)
	s.part++
	var secret corev1.Secret
	err := s.reader.Get(s.ctx, client.ObjectKey{Namespace: s.namespace, Name: name}, &secret)
	if apierrors.IsNotFound(err) {
		return nil, s.unavailable("a part of them is gone")
	}
	if err != nil {
		return nil, err
	}
	return secret.Data[names.RosterKey], nil
}
