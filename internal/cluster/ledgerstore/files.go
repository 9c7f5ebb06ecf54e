package ledgerstore

import (
	"bytes"
	"compress/gzip"
	"context"
	"slices"

	corev1 "k8s.io/api/core/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/writing/message"
)

// minDetached is the size from which on an attachment is kept in a Secret of
// its own, in octets: a Secret holds 1 MiB, a message may have several of them.
const minDetached = 64 << 10

// maxAttached is how much the others may have together that stay in the
// message, in octets: beside them it has its bodies.
const maxAttached = 256 << 10

// writeFiles keeps the attachments of a message beside it that are large, or too
// many to be kept in it, and returns the message without them.
func (s *Store) writeFiles(ctx context.Context, record *crier.DeliveryRecord, attempt string, frozen message.Frozen) (message.Frozen, error) {
	frozen.Attachments = slices.Clone(frozen.Attachments)
	attached := 0
	for i := range frozen.Attachments {
		file := &frozen.Attachments[i]
		if size := len(file.Data); size < minDetached && attached+size <= maxAttached {
			attached += size
			continue
		}
		data, err := packFile(file.Data)
		if err != nil {
			return frozen, err
		}
		file.Data, file.Detached = nil, true
		err = s.create(ctx, &corev1.Secret{
			ObjectMeta: Meta(record, s.Namespace, attempt, crier.ComponentFile, names.FileSecretName(record.Name, attempt, int32(i))),
			Immutable:  new(true),
			Data:       data,
		})
		if err != nil {
			return frozen, err
		}
	}
	return frozen, nil
}

// packFile compresses a file if that makes it smaller. One that fills an
// object of its own must fit into a Secret again.
func packFile(data []byte) (map[string][]byte, error) {
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	if _, err := zip.Write(data); err != nil {
		return nil, err
	}
	if err := zip.Close(); err != nil {
		return nil, err
	}
	if packed.Len() < len(data) {
		return map[string][]byte{names.PackedFileKey: packed.Bytes()}, nil
	}
	return map[string][]byte{names.FileKey: data}, nil
}
