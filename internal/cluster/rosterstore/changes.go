package rosterstore

import (
	"context"
	"errors"
	"io"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/recipients/suppression"
)

// SuppressionChanges are what changed last in the addresses that are not
// written to. Only labels and sweeping are those of a roster.
var SuppressionChanges = Kind{crier.ComponentSuppressionChanges, func(namespace, name, _ string, _ int32) string {
	return names.SuppressionChangesName(namespace, name)
}}

// Changes reads what changed last in a Suppression. Nothing that can be read is
// no error, and nothing is known then.
func Changes(ctx context.Context, reader client.Reader, operatorNamespace string, of client.ObjectKey) (*suppression.Changes, error) {
	secret, err := changesOf(ctx, reader, operatorNamespace, of)
	if apierrors.IsNotFound(err) {
		return &suppression.Changes{}, nil
	}
	if err != nil {
		return nil, err
	}
	return decodeChanges(secret), nil
}

func changesOf(ctx context.Context, reader client.Reader, operatorNamespace string, of client.ObjectKey) (*corev1.Secret, error) {
	secret := &corev1.Secret{}
	key := client.ObjectKey{Namespace: operatorNamespace, Name: names.SuppressionChangesName(of.Namespace, of.Name)}
	return secret, reader.Get(ctx, key, secret)
}

func decodeChanges(secret *corev1.Secret) *suppression.Changes {
	c, err := suppression.DecodeChanges(secret.Data[names.ChangesKey])
	if err != nil {
		return &suppression.Changes{} // of another release, say
	}
	return c
}

// Note remembers what the rows of a Suppression, of a roster that was stored as
// to, changed against the one that was noted last, or against last, which is
// that of its status. rows gives them anew. Two managers can't both write;
// whoever loses has noted nothing, and whoever needs it reads everything. So it is
// no error either that the roster before is gone, or that too much changed.
func (s *Store) Note(ctx context.Context, of client.ObjectKey, last, to *crier.RosterStatus, rows func() (roster.Rows, error), now time.Time) error {
	secret, err := changesOf(ctx, s.Reader, s.Namespace, of)
	fresh := apierrors.IsNotFound(err)
	if err != nil && !fresh {
		return err
	}
	all := decodeChanges(secret)
	step, err := s.step(ctx, of, all.Last(), last, to, rows)
	if step == nil || err != nil {
		return err
	}
	step.At = now
	all.Add(*step)
	data, err := all.Encode()
	if err != nil {
		return err
	}
	secret.Data = map[string][]byte{names.ChangesKey: data}
	if !fresh {
		err = s.Client.Update(ctx, secret)
	} else {
		secret.ObjectMeta = metav1.ObjectMeta{
			Namespace: s.Namespace, Name: names.SuppressionChangesName(of.Namespace, of.Name),
			Labels: (&Store{Kind: SuppressionChanges}).labels(of),
		}
		err = s.Client.Create(ctx, secret)
	}
	if apierrors.IsConflict(err) || apierrors.IsAlreadyExists(err) || apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

// step is the difference from what was noted last, so that the steps lead from
// one to the next; a cache may not have the status of it yet. Where that roster
// is gone it is the difference from last. It is nil for none.
func (s *Store) step(ctx context.Context, of client.ObjectKey, noted *suppression.Step, last, to *crier.RosterStatus, rows func() (roster.Rows, error)) (*suppression.Step, error) {
	var from []*crier.RosterStatus
	if noted != nil {
		from = append(from, &crier.RosterStatus{Digest: noted.To, Parts: noted.Parts})
	}
	if last != nil {
		from = append(from, last)
	}
	for _, before := range from {
		if before.Digest == to.Digest {
			return nil, nil
		}
		after, err := rows()
		if err != nil {
			return nil, err
		}
		changes, err := suppression.Differ(Open(ctx, s.Reader, s.Namespace, Suppressions, of, before), after)
		switch {
		case errors.Is(err, ErrUnavailable):
			continue
		case errors.Is(err, suppression.ErrTooManyChanges):
			return nil, nil
		case err != nil:
			return nil, err
		}
		return &suppression.Step{From: before.Digest, To: to.Digest, Parts: to.Parts, Changes: changes}, nil
	}
	return nil, nil
}

// All gives the rows of a roster as changes of nothing: of a Suppression that is new.
func All(rows roster.Rows) (map[string]suppression.Change, error) {
	all, err := suppression.Differ(none{}, rows)
	if err != nil {
		return nil, err
	}
	out := make(map[string]suppression.Change, len(all))
	for _, c := range all {
		out[c.Key] = c
	}
	return out, nil
}

type none struct{}

func (none) Next() (roster.Row, error) { return roster.Row{}, io.EOF }
