package ledgerstore

import (
	"context"
	"errors"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
)

// takes takes every object, or none.
type takes struct {
	client.Client
	err error
}

func (c *takes) Create(context.Context, client.Object, ...client.CreateOption) error { return c.err }
func (c *takes) Update(context.Context, client.Object, ...client.UpdateOption) error { return c.err }

// Every write of a state counts, unless it failed.
func TestWritesAreCounted(t *testing.T) {
	memory := &takes{}
	c := Counting(memory)
	shard, record := &crier.DeliveryShard{}, &crier.DeliveryRecord{}
	for _, obj := range []client.Object{shard, record, &corev1.Secret{}} {
		if err := errors.Join(c.Create(t.Context(), obj), c.Update(t.Context(), obj)); err != nil {
			t.Fatal(err)
		}
	}
	memory.err = errors.New("changed meanwhile")
	for _, obj := range []client.Object{shard, record} {
		if err := c.Update(t.Context(), obj); !errors.Is(err, memory.err) {
			t.Errorf("got %v", err)
		}
	}
	if shard.State.Sequence != 2 || record.State.Sequence != 2 {
		t.Errorf("counted %d writes of the shard and %d of the record, want 2 of each", shard.State.Sequence, record.State.Sequence)
	}
}
