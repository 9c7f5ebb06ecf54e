package sender

import (
	"encoding/json"
	"fmt"

	corev1 "k8s.io/api/core/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/ledger"
	"crier.dev/crier/internal/message"
	"crier.dev/crier/internal/roster"
)

// maxMessage bounds the frozen message when it is unpacked, in octets. A
// Secret holds at most 1 MiB, packed.
const maxMessage = 256 << 20

// readMessage makes the composer of a frozen message.
func readMessage(secret *corev1.Secret, generation int32) (*message.Composer, error) {
	text, err := roster.Unpack("the frozen message", secret.Data[ledger.MessageKey], maxMessage)
	if err != nil {
		return nil, err
	}
	var frozen message.Frozen
	if json.Unmarshal(text, &frozen) != nil {
		// The decoder's own error could quote what it read.
		return nil, fmt.Errorf("the frozen message in %s is damaged", secret.Name)
	}
	frozen.Generation = int(generation)
	return message.NewComposer(frozen)
}

// readRecipients checks that they are as many as the shard accounts for:
// their order is their identity.
func readRecipients(secret *corev1.Secret, shard *crier.DeliveryShard) ([]roster.Subscriber, error) {
	if shard.Spec.Recipients == 0 {
		return nil, nil
	}
	all, err := roster.DecodeAll(secret.Data[ledger.RecipientsKey])
	if err != nil {
		return nil, fmt.Errorf("recipients in %s: %w", secret.Name, err)
	}
	if len(all) != int(shard.Spec.Recipients) || shard.State.Totals.Intended != int64(len(all)) {
		return nil, fmt.Errorf("%s has %d recipients, its shard accounts for %d of %d",
			secret.Name, len(all), shard.State.Totals.Intended, shard.Spec.Recipients)
	}
	return all, nil
}
