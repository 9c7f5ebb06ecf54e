package sender

import (
	"context"
	"encoding/json"
	"fmt"

	corev1 "k8s.io/api/core/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/words"
	"crier.dev/crier/internal/writing/message"
)

// maxMessage bounds the frozen message when it is unpacked, in octets. A
// Secret holds at most 1 MiB, packed.
const maxMessage = 256 << 20

// loadMessage makes the composer of the frozen message, with the attachments
// that are kept beside it.
func (w *worker) loadMessage(ctx context.Context) (*message.Composer, error) {
	name := names.MessageSecretName(w.Record, w.Attempt)
	secret, err := w.getSecret(ctx, name)
	if err != nil {
		return nil, w.needed(ctx, name, err)
	}
	frozen, err := readMessage(secret)
	if err != nil {
		return nil, err
	}
	for i := range frozen.Attachments {
		file := &frozen.Attachments[i]
		if !file.Detached {
			continue
		}
		name := names.FileSecretName(w.Record, w.Attempt, int32(i))
		secret, err := w.getSecret(ctx, name)
		if err != nil {
			return nil, w.needed(ctx, name, err)
		}
		if file.Data, err = readFile(secret); err != nil {
			return nil, err
		}
		file.Detached = false
	}
	frozen.Generation = int(w.Pass.Generation)
	return message.NewComposer(frozen)
}

// readFile reads an attachment.
func readFile(secret *corev1.Secret) ([]byte, error) {
	if packed, ok := secret.Data[names.PackedFileKey]; ok {
		return roster.Unpack("the attachment in "+secret.Name, packed, maxMessage)
	}
	data, ok := secret.Data[names.FileKey]
	if !ok {
		return nil, fmt.Errorf("the attachment in %s is gone", secret.Name)
	}
	return data, nil
}

// readMessage reads the frozen message.
func readMessage(secret *corev1.Secret) (message.Frozen, error) {
	var frozen message.Frozen
	text, err := roster.Unpack("the frozen message", secret.Data[names.MessageKey], maxMessage)
	if err != nil {
		return frozen, err
	}
	if json.Unmarshal(text, &frozen) != nil {
		// The decoder's own error could quote what it read.
		return frozen, fmt.Errorf("the frozen message in %s is damaged", secret.Name)
	}
	return frozen, nil
}

// readRecipients checks that they are as many as the shard accounts for:
// their order is their identity.
func readRecipients(secret *corev1.Secret, shard *crier.DeliveryShard) ([]roster.Subscriber, error) {
	if shard.Spec.Recipients == 0 {
		return nil, nil
	}
	all, err := roster.DecodeAll(secret.Data[names.RecipientsKey])
	if err != nil {
		return nil, fmt.Errorf("recipients in %s: %w", secret.Name, err)
	}
	if len(all) != int(shard.Spec.Recipients) || shard.State.Totals.Intended != int64(len(all)) {
		return nil, fmt.Errorf("%s has %s, its shard accounts for %s of %s", secret.Name, words.Count(len(all), "recipient"),
			words.Number(shard.State.Totals.Intended), words.Number(shard.Spec.Recipients))
	}
	return all, nil
}
