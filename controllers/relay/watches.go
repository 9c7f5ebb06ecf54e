package relay

import (
	"context"
	"slices"

	corev1 "k8s.io/api/core/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/fair"
	"crier.dev/crier/internal/cluster/watch"
)

// concurrentProbes keeps a server that doesn't answer from holding up the
// others, and concurrentPerNamespace those of one namespace from holding up
// everybody's.
const (
	concurrentProbes       = 8
	concurrentPerNamespace = 2
)

// SetupWithManager registers the controller. Of Secrets only metadata is
// watched.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	if err := mgr.GetFieldIndexer().IndexField(context.Background(), &crier.Relay{}, watch.IndexUses, byUses); err != nil {
		return err
	}
	return ctrl.NewControllerManagedBy(mgr).
		Named("relay").
		For(&crier.Relay{}, builder.WithPredicates(predicate.Or[client.Object](predicate.GenerationChangedPredicate{}, statusWiped()))).
		WatchesMetadata(&corev1.Secret{}, handler.EnqueueRequestsFromMapFunc(r.relaysOf)).
		WithOptions(controller.Options{MaxConcurrentReconciles: concurrentProbes, NewQueue: fair.NewQueue(concurrentPerNamespace, fair.ByNamespace)}).
		Complete(r)
}

// statusWiped lets through that somebody removed the status.
func statusWiped() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		relay, ok := e.ObjectNew.(*crier.Relay)
		return ok && relay.Status.ObservedGeneration != relay.Generation
	}}
}

// relaysOf finds the Relays that use a Secret.
func (r *Reconciler) relaysOf(ctx context.Context, secret client.Object) []ctrl.Request {
	var relays crier.RelayList
	return watch.Find[crier.Relay](ctx, r.Client, &relays, func() []crier.Relay { return relays.Items }, nil, watch.Using(secret, "Secret")...)
}

// byUses is the function of the index by the Secrets of a Relay.
func byUses(obj client.Object) (uses []string) {
	relay, ok := obj.(*crier.Relay)
	if !ok {
		return nil
	}
	use := func(secret string) { uses = append(uses, watch.Use("Secret", secret)) }
	if auth := relay.Spec.Auth; auth != nil && auth.SecretRef != nil {
		use(auth.SecretRef.Name)
	}
	for _, k := range relay.Spec.DKIM {
		use(k.PrivateKeySecretRef.Name)
	}
	if ref := relay.Spec.TLS.ClientCertificateSecretRef; ref != nil {
		use(ref.Name)
	}
	slices.Sort(uses)
	return slices.Compact(uses)
}
