package gather

import (
	"context"

	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/rosterstore"
	"crier.dev/crier/internal/recipients/roster"
)

// Roster reads the roster that the status of a set names, as rosterstore.Open
// does. An error that wraps rosterstore.ErrUnavailable mends itself when the
// set is read again.
func Roster(ctx context.Context, reader client.Reader, operatorNamespace string, set *crier.SubscriberSet) roster.Rows {
	return rosterstore.Open(ctx, reader, operatorNamespace, rosterstore.Rosters, client.ObjectKeyFromObject(set), set.Status.Roster)
}
