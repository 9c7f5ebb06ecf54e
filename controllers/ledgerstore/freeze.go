package ledgerstore

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/ledger"
	"crier.dev/crier/internal/message"
	"crier.dev/crier/internal/roster"
)

const (
	// ShardSize is how many recipients a shard has at most.
	ShardSize = 2000
	// maxSecret is how large a Secret's payload may become, in octets; the
	// API server allows 1 MiB.
	maxSecret = 900_000
)

// Content is what a freeze writes down.
type Content struct {
	Message    message.Frozen
	Report     ReportPlan
	Recipients []roster.Subscriber
	Digest     string
}

// Freeze writes recipients and message down and then turns the record
// Frozen in one compare-and-swap. Whatever happens before that leaves
// garbage of an attempt that no sender obeys. The record is updated in place.
func (s *Store) Freeze(ctx context.Context, record *crier.DeliveryRecord, content Content) error {
	attempt := s.NewID()
	record.State.Attempt = &crier.FreezeAttempt{ID: attempt, StartedAt: metav1.NewTime(s.Clock.Now())}
	if err := s.Client.Update(ctx, record); err != nil {
		return fmt.Errorf("noting the attempt: %w", err)
	}
	if err := s.writeMessage(ctx, record, attempt, content); err != nil {
		return err
	}
	shards, err := split(content.Recipients)
	if err != nil {
		return err
	}
	for i, shard := range shards {
		if err := s.writeShard(ctx, record, attempt, int32(i), shard); err != nil {
			return err
		}
	}
	record.State.Frozen = &crier.FrozenDelivery{
		Attempt: attempt, Digest: content.Digest, Recipients: int64(len(content.Recipients)),
		Shards: int32(len(shards)), At: metav1.NewTime(s.Clock.Now()),
	}
	record.State.Stage = crier.RecordFrozen
	record.State.Totals = crier.DeliveryTotals{
		Intended: int64(len(content.Recipients)), Pending: int64(len(content.Recipients)),
	}
	if err := s.Client.Update(ctx, record); err != nil {
		return fmt.Errorf("turning the record frozen: %w", err)
	}
	return nil
}

func (s *Store) writeMessage(ctx context.Context, record *crier.DeliveryRecord, attempt string, content Content) error {
	frozen, err := pack(content.Message)
	if err != nil {
		return err
	}
	report, err := pack(content.Report)
	if err != nil {
		return err
	}
	if size := len(frozen) + len(report); size > maxSecret {
		return fmt.Errorf("the message takes %d octets compressed; at most %d can be kept", size, maxSecret)
	}
	return s.create(ctx, &corev1.Secret{
		ObjectMeta: Meta(record, s.Namespace, attempt, crier.ComponentMessage, ledger.MessageSecretName(record.Name, attempt)),
		Immutable:  new(true),
		Data:       map[string][]byte{ledger.MessageKey: frozen, reportKey: report},
	})
}

// frozenShard is a shard on its way to the API server.
type frozenShard struct {
	recipients int
	packed     []byte
}

func (s *Store) writeShard(ctx context.Context, record *crier.DeliveryRecord, attempt string, index int32, shard frozenShard) error {
	name := ledger.ShardName(record.Name, attempt, index)
	err := s.create(ctx, &corev1.Secret{
		ObjectMeta: Meta(record, s.Namespace, attempt, crier.ComponentRecipients, name),
		Immutable:  new(true),
		Data:       map[string][]byte{ledger.RecipientsKey: shard.packed},
	})
	if err != nil {
		return err
	}
	return s.create(ctx, &crier.DeliveryShard{
		ObjectMeta: Meta(record, s.Namespace, attempt, crier.ComponentShard, name),
		Spec: crier.DeliveryShardSpec{
			Record: record.Name, Attempt: attempt, Index: index,
			Recipients: int32(shard.recipients), Secret: name,
		},
		State: ledger.NewShardState(shard.recipients),
	})
}

// split cuts recipients into shards whose Secrets are not too large.
func split(recipients []roster.Subscriber) ([]frozenShard, error) {
	var shards []frozenShard
	for start := 0; start < len(recipients); start += ShardSize {
		chunk := recipients[start:min(start+ShardSize, len(recipients))]
		cut, err := splitChunk(chunk)
		if err != nil {
			return nil, err
		}
		shards = append(shards, cut...)
	}
	return shards, nil
}

func splitChunk(chunk []roster.Subscriber) ([]frozenShard, error) {
	parts, _, err := roster.Encode(chunk, maxSecret)
	if err != nil {
		return nil, err
	}
	if len(parts) == 1 {
		return []frozenShard{{recipients: len(chunk), packed: parts[0]}}, nil
	}
	half := len(chunk) / 2
	first, err := splitChunk(chunk[:half])
	if err != nil {
		return nil, err
	}
	second, err := splitChunk(chunk[half:])
	return append(first, second...), err
}

// pack writes v as compressed JSON.
func pack(v any) ([]byte, error) {
	var buf bytes.Buffer
	zip := gzip.NewWriter(&buf)
	if err := json.NewEncoder(zip).Encode(v); err != nil {
		return nil, err
	}
	if err := zip.Close(); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}
