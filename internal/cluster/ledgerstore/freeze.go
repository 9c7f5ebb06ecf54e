package ledgerstore

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/delivery/ledger"
	"crier.dev/crier/internal/delivery/lifecycle"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/recipients/audience"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/words"
	"crier.dev/crier/internal/writing/message"
)

const (
	// ShardSize is how many recipients a shard has at most.
	ShardSize = 2000
	// maxSecret is how large a Secret's payload may become, in octets; the
	// API server allows 1 MiB.
	maxSecret = 900_000
)

// parallel is how many shards are on their way to the API server at once.
// One at a time would leave it waiting for us most of the time.
const parallel = 6

// Content is what a freeze writes down.
type Content struct {
	Message message.Frozen
	Report  ReportPlan
	// Recipients that nobody has begun to read.
	Recipients *audience.Audience
	// Planned is what they must turn out to be; nil takes them as they are.
	Planned *audience.Summary
	// Confirm is asked last, just before the record turns frozen; an error of
	// it is that of Freeze, and nothing is frozen. nil asks nothing.
	Confirm func(context.Context) error
}

// ErrNotAsPlanned says that the recipients aren't those that were planned
// with, because their source has changed since. Nothing is frozen.
var ErrNotAsPlanned = errors.New("the recipients have changed since they were planned")

// Freeze writes recipients and message down and then turns the record
// Frozen in one compare-and-swap. Whatever happens before that leaves
// garbage of an attempt that no sender obeys. The record is updated in place.
func (s *Store) Freeze(ctx context.Context, record *crier.DeliveryRecord, content Content) error {
	attempt := s.NewID()
	record.State.Attempt = &crier.FreezeAttempt{ID: attempt, StartedAt: metav1.NewTime(s.Clock.Now())}
	if err := Counting(s.Client).Update(ctx, record); err != nil {
		return fmt.Errorf("noting the attempt: %w", err)
	}
	if err := s.writeMessage(ctx, record, attempt, content); err != nil {
		return err
	}
	keys, err := s.writeShards(ctx, record, attempt, content.Recipients)
	if err != nil {
		return err
	}
	found := content.Recipients.Summary()
	if want := content.Planned; want != nil && (found.Recipients != want.Recipients || found.Digest != want.Digest) {
		return ErrNotAsPlanned
	}
	if content.Confirm != nil {
		if err := content.Confirm(ctx); err != nil {
			return err
		}
	}
	frozen := &crier.FrozenDelivery{
		Format: lifecycle.Format, Attempt: attempt, Digest: found.Digest, Recipients: found.Recipients,
		Shards: int32(len(keys)), Files: int32(len(content.Message.Attachments)), At: metav1.NewTime(s.Clock.Now()),
	}
	if err := s.WriteIndex(ctx, record, frozen, keys); err != nil {
		return err
	}
	record.State.Frozen = frozen
	record.State.Stage = crier.RecordFrozen
	record.State.Totals = crier.DeliveryTotals{Intended: found.Recipients, Pending: found.Recipients}
	if err := Counting(s.Client).Update(ctx, record); err != nil {
		return fmt.Errorf("turning the record frozen: %w", err)
	}
	return nil
}

// Fits says whether a message is small enough to be frozen.
func Fits(frozen message.Frozen, plan ReportPlan) (bool, error) {
	packed, err := pack(frozen)
	if err != nil {
		return false, err
	}
	report, err := pack(plan)
	return len(packed)+len(report) <= maxSecret, err
}

func (s *Store) writeMessage(ctx context.Context, record *crier.DeliveryRecord, attempt string, content Content) error {
	slim, err := s.writeFiles(ctx, record, attempt, content.Message)
	if err != nil {
		return err
	}
	frozen, err := pack(slim)
	if err != nil {
		return err
	}
	report, err := pack(content.Report)
	if err != nil {
		return err
	}
	if size := len(frozen) + len(report); size > maxSecret { // see Fits
		return fmt.Errorf("the message takes %s compressed; at most %s can be stored", words.Count(size, "octet"), words.Number(maxSecret))
	}
	return s.create(ctx, &corev1.Secret{
		ObjectMeta: Meta(record, s.Namespace, attempt, crier.ComponentMessage, names.MessageSecretName(record.Name, attempt)),
		Immutable:  new(true),
		Data:       map[string][]byte{names.MessageKey: frozen, reportKey: report},
	})
}

// frozenShard is a shard on its way to the API server.
type frozenShard struct {
	index      int32
	recipients int
	packed     []byte
}

// writeShards cuts recipients into shards, whose Secrets are not too large,
// and writes them while it goes on reading. It returns the first key of each.
func (s *Store) writeShards(ctx context.Context, record *crier.DeliveryRecord, attempt string, recipients *audience.Audience) ([]string, error) {
	writes, ctx := errgroup.WithContext(ctx)
	writes.SetLimit(parallel)
	shards := int32(0)
	rows := roster.NewWriter(maxSecret, func(part []byte, lines int) error {
		shard := frozenShard{index: shards, recipients: lines, packed: part}
		shards++
		writes.Go(func() error { return s.writeShard(ctx, record, attempt, shard) })
		return context.Cause(ctx) // after an error of one, no other is begun
	})
	keys, err := fill(rows, recipients)
	if failed := writes.Wait(); failed != nil {
		err = failed
	}
	return keys, err
}

// fill gives all recipients to rows and ends a part after ShardSize of them,
// or when rows has ended one by itself. It returns the first key of each.
func fill(rows *roster.Writer, recipients *audience.Audience) (first []string, err error) {
	for {
		row, err := recipients.Next()
		if errors.Is(err, io.EOF) {
			return first, rows.Close()
		}
		if err != nil {
			return nil, err
		}
		if rows.Lines() == ShardSize {
			if err := rows.Close(); err != nil {
				return nil, err
			}
		}
		if err := rows.Add(row.Line); err != nil {
			return nil, err
		}
		if rows.Lines() == 1 {
			first = append(first, string(row.Key))
		}
	}
}

func (s *Store) writeShard(ctx context.Context, record *crier.DeliveryRecord, attempt string, shard frozenShard) error {
	name := names.ShardName(record.Name, attempt, shard.index)
	err := s.create(ctx, &corev1.Secret{
		ObjectMeta: Meta(record, s.Namespace, attempt, crier.ComponentRecipients, name),
		Immutable:  new(true),
		Data:       map[string][]byte{names.RecipientsKey: shard.packed},
	})
	if err != nil {
		return err
	}
	return s.create(ctx, &crier.DeliveryShard{
		ObjectMeta: Meta(record, s.Namespace, attempt, crier.ComponentShard, name),
		Spec: crier.DeliveryShardSpec{
			Packed: true,
			Record: record.Name, Attempt: attempt, Index: shard.index,
			Recipients: int32(shard.recipients), Secret: name,
		},
		State: ledger.NewShardState(shard.recipients),
	})
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
