package main

import (
	"context"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
)

// patience is how long the whole sending may take.
const patience = 20 * time.Minute

// follow prints a line for each change until the mail and its report are out.
func (d *demo) follow(ctx context.Context) (*crier.Broadcast, error) {
	return d.Follow(ctx, d.kube, client.ObjectKeyFromObject(d.samples.find("Broadcast")), patience, 0)
}
