package ledgerstore

import (
	"context"
	"math/rand/v2"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/writing/message"
)

// secrets takes in what is created.
type secrets struct {
	client.Client
	kept map[string]*corev1.Secret
}

func (s *secrets) Create(_ context.Context, obj client.Object, _ ...client.CreateOption) error {
	if secret, ok := obj.(*corev1.Secret); ok {
		s.kept[secret.Name] = secret
	}
	return nil
}

// Many small files that can't be compressed make no Secret that is too large.
func TestManySmallFiles(t *testing.T) {
	var frozen message.Frozen
	for range message.MaxFiles {
		data := make([]byte, minDetached-1)
		for i := range data {
			data[i] = byte(rand.Uint32())
		}
		frozen.Attachments = append(frozen.Attachments, message.Attachment{Name: "photo.jpg", Data: data})
	}
	api := &secrets{kept: map[string]*corev1.Secret{}}
	s := &Store{Client: api, Namespace: "crier-system"}
	slim, err := s.writeFiles(t.Context(), &crier.DeliveryRecord{}, "attempt", frozen)
	if err != nil {
		t.Fatal(err)
	}
	packed, err := pack(slim)
	if err != nil || len(packed) > maxSecret/2 {
		t.Errorf("the message takes %d octets, %v", len(packed), err)
	}
	detached := 0
	for _, file := range slim.Attachments {
		if file.Detached != (file.Data == nil) {
			t.Error("a file is neither here nor there")
		}
		if file.Detached {
			detached++
		}
	}
	if len(api.kept) != detached || detached == message.MaxFiles {
		t.Errorf("%d files are detached, %d kept", detached, len(api.kept))
	}
}
