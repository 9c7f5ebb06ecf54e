package subscriberset

import (
	"context"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	crier "crier.dev/crier/api/v1alpha1"
)

// SetupWithManager registers the controller and the sweep of rosters whose
// sets went away unseen. Of ConfigMaps and Secrets only metadata is watched.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	if err := mgr.Add(&sweep{r}); err != nil {
		return err
	}
	return ctrl.NewControllerManagedBy(mgr).
		Named("subscriberset").
		For(&crier.SubscriberSet{}, builder.WithPredicates(predicate.Or[client.Object](predicate.GenerationChangedPredicate{}, statusWiped()))).
		WatchesMetadata(&corev1.ConfigMap{}, handler.EnqueueRequestsFromMapFunc(r.setsOf("ConfigMap"))).
		WatchesMetadata(&corev1.Secret{}, handler.EnqueueRequestsFromMapFunc(r.setsOf("Secret"))).
		Complete(r)
}

// statusWiped lets through that somebody replaced the status.
func statusWiped() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		set, ok := e.ObjectNew.(*crier.SubscriberSet)
		return ok && (set.Status.ObservedGeneration != set.Generation || set.Status.Roster == nil)
	}}
}

// setsOf finds the sets that read an object of that kind.
func (r *Reconciler) setsOf(kind string) handler.MapFunc {
	return func(ctx context.Context, obj client.Object) []reconcile.Request {
		var sets crier.SubscriberSetList
		if err := r.Client.List(ctx, &sets, client.InNamespace(obj.GetNamespace())); err != nil {
			return nil
		}
		var out []reconcile.Request
		for _, set := range sets.Items {
			if reads(set.Spec.Source, kind, obj.GetName()) {
				out = append(out, reconcile.Request{NamespacedName: types.NamespacedName{Namespace: set.Namespace, Name: set.Name}})
			}
		}
		return out
	}
}

func reads(source crier.SubscriberSource, kind, name string) bool {
	return source.CSV != nil && slices.ContainsFunc(source.CSV.From, func(from crier.CSVObject) bool {
		keys := from.ConfigMap
		if kind == "Secret" {
			keys = from.Secret
		}
		return keys != nil && keys.Name == name
	})
}
