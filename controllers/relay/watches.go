package relay

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	crier "crier.dev/crier/api/v1alpha1"
)

// concurrentProbes keeps a server that doesn't answer from holding up the
// others.
const concurrentProbes = 4

// SetupWithManager registers the controller. Of Secrets only metadata is
// watched.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	return ctrl.NewControllerManagedBy(mgr).
		Named("relay").
		For(&crier.Relay{}, builder.WithPredicates(predicate.Or[client.Object](predicate.GenerationChangedPredicate{}, statusWiped()))).
		WatchesMetadata(&corev1.Secret{}, handler.EnqueueRequestsFromMapFunc(r.relaysOf)).
		WithOptions(controller.Options{MaxConcurrentReconciles: concurrentProbes}).
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
	if err := r.Client.List(ctx, &relays, client.InNamespace(secret.GetNamespace())); err != nil {
		return nil
	}
	var out []ctrl.Request
	for i := range relays.Items {
		if uses(&relays.Items[i], secret.GetName()) {
			out = append(out, ctrl.Request{NamespacedName: client.ObjectKeyFromObject(&relays.Items[i])})
		}
	}
	return out
}

func uses(relay *crier.Relay, secret string) bool {
	if auth := relay.Spec.Auth; auth != nil && auth.SecretRef != nil && auth.SecretRef.Name == secret {
		return true
	}
	for _, k := range relay.Spec.DKIM {
		if k.PrivateKeySecretRef.Name == secret {
			return true
		}
	}
	ref := relay.Spec.TLS.ClientCertificateSecretRef
	return ref != nil && ref.Name == secret
}
