package ledgerstore

import (
	"context"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/names"
)

// LostError says that a frozen message, or the recipients of a shard, are gone
// or can't be read.
type LostError struct {
	What string // "the frozen message"
	Err  error
}

func (e *LostError) Error() string { return fmt.Sprintf("%s is lost: %s", e.What, e.Err) }

func (e *LostError) Unwrap() error { return e.Err }

// IsLost says whether an error is about what is stored, rather than the way to
// the API server.
func IsLost(err error) bool {
	var lost *LostError
	return errors.As(err, &lost)
}

// Detached are the attachments of the frozen message, by index, that have
// Secrets of their own.
func (s *Store) Detached(ctx context.Context, record *crier.DeliveryRecord) ([]int32, error) {
	if record.State.Frozen.Files == 0 {
		return nil, nil
	}
	frozen, _, err := s.Message(ctx, record)
	if err != nil {
		return nil, err
	}
	var detached []int32
	for i := range frozen.Attachments {
		if frozen.Attachments[i].Detached {
			detached = append(detached, int32(i))
		}
	}
	return detached, nil
}

// Missing is what of the frozen attempt isn't there any more.
type Missing struct {
	// Shards whose recipients are gone, by index.
	Shards []int32
	// Message and Files: without them there is nothing to send to anybody.
	Message, Files bool
}

// Missing says which Secrets of the frozen attempt are gone. detached are the
// attachments that have some, see Detached. Only metadata is read; mostly out of
// the memory of the API server. What isn't there is asked for once more.
func (s *Store) Missing(ctx context.Context, record *crier.DeliveryRecord, detached []int32) (missing Missing, err error) {
	for _, version := range []string{"0", ""} {
		there, err := s.secrets(ctx, record, version)
		if err != nil {
			return missing, err
		}
		if missing = lacks(record, detached, there); missing.none() {
			break
		}
	}
	return missing, nil
}

func (m Missing) none() bool { return len(m.Shards) == 0 && !m.Message && !m.Files }

// secrets are the names of all Secrets of the frozen attempt, as of that
// version or a later one; "" asks for the present.
func (s *Store) secrets(ctx context.Context, record *crier.DeliveryRecord, version string) (map[string]bool, error) {
	list := &metav1.PartialObjectMetadataList{}
	list.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("SecretList"))
	err := s.Reader.List(ctx, list, client.InNamespace(s.Namespace), client.MatchingLabels{
		crier.LabelRecord: record.Name, crier.LabelAttempt: record.State.Frozen.Attempt,
	}, &client.ListOptions{Raw: &metav1.ListOptions{ResourceVersion: version}})
	if err != nil {
		return nil, err
	}
	there := make(map[string]bool, len(list.Items))
	for i := range list.Items {
		there[list.Items[i].Name] = true
	}
	return there, nil
}

func lacks(record *crier.DeliveryRecord, detached []int32, there map[string]bool) (missing Missing) {
	frozen := record.State.Frozen
	for i := range frozen.Shards {
		if !there[names.ShardName(record.Name, frozen.Attempt, i)] {
			missing.Shards = append(missing.Shards, i)
		}
	}
	missing.Message = !there[names.MessageSecretName(record.Name, frozen.Attempt)]
	for _, i := range detached {
		missing.Files = missing.Files || !there[names.FileSecretName(record.Name, frozen.Attempt, i)]
	}
	return missing
}
