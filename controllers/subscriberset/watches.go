package subscriberset

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
	"crier.dev/crier/internal/cluster/gather"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/recipients/source"
)

// SetupWithManager registers the controller and the sweep of rosters whose
// sets went away unseen. Of ConfigMaps and Secrets only metadata is watched.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	if err := mgr.Add(&sweep{r}); err != nil {
		return err
	}
	return ctrl.NewControllerManagedBy(mgr).
		Named("subscriberset").
		For(&crier.SubscriberSet{}, builder.WithPredicates(predicate.Or[client.Object](predicate.GenerationChangedPredicate{}, statusWiped(), consentGiven()))).
		Watches(&crier.SubscriberSet{}, handler.EnqueueRequestsFromMapFunc(r.setsOf("SubscriberSet")), builder.WithPredicates(usableChanged())).
		WatchesMetadata(&corev1.ConfigMap{}, handler.EnqueueRequestsFromMapFunc(r.setsOf("ConfigMap"))).
		WatchesMetadata(&corev1.Secret{}, handler.EnqueueRequestsFromMapFunc(r.setsOf("Secret"))).
		WatchesMetadata(&corev1.Secret{}, handler.EnqueueRequestsFromMapFunc(r.setOfRoster), builder.WithPredicates(r.partLost())).
		WithOptions(controller.Options{MaxConcurrentReconciles: concurrent}).
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
	return func(ctx context.Context, obj client.Object) []ctrl.Request {
		used := source.Object{Kind: kind, Name: obj.GetName()}
		return r.sets(ctx, func(set *crier.SubscriberSet) bool {
			return slices.Contains(r.sourceOf(set).Uses(), used)
		}, client.InNamespace(obj.GetNamespace()))
	}
}

// setOfRoster finds the set whose roster lost a part.
func (r *Reconciler) setOfRoster(ctx context.Context, part client.Object) []ctrl.Request {
	identity := part.GetLabels()[crier.LabelIdentity]
	return r.sets(ctx, func(set *crier.SubscriberSet) bool { return names.Identity(set.Namespace, set.Name) == identity })
}

func (r *Reconciler) sets(ctx context.Context, concerns func(*crier.SubscriberSet) bool, options ...client.ListOption) []ctrl.Request {
	var sets crier.SubscriberSetList
	if err := r.Client.List(ctx, &sets, options...); err != nil {
		return nil
	}
	var out []ctrl.Request
	for i := range sets.Items {
		if concerns(&sets.Items[i]) {
			out = append(out, ctrl.Request{NamespacedName: client.ObjectKeyFromObject(&sets.Items[i])})
		}
	}
	return out
}

// partLost lets through that a part of a roster was deleted.
func (r *Reconciler) partLost() predicate.Predicate {
	return predicate.Funcs{
		CreateFunc: func(event.CreateEvent) bool { return false },
		UpdateFunc: func(event.UpdateEvent) bool { return false },
		DeleteFunc: func(e event.DeleteEvent) bool {
			return e.Object.GetNamespace() == r.Namespace && e.Object.GetLabels()[crier.LabelComponent] == crier.ComponentRoster
		},
	}
}

// consentGiven lets through that somebody changed the annotation.
func consentGiven() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		return e.ObjectOld.GetAnnotations()[crier.AnnotationAcceptSync] != e.ObjectNew.GetAnnotations()[crier.AnnotationAcceptSync]
	}}
}

// usableChanged lets through what a union follows: whether a set can be used,
// and its roster.
func usableChanged() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		was, ok := e.ObjectOld.(*crier.SubscriberSet)
		is, also := e.ObjectNew.(*crier.SubscriberSet)
		return ok && also && (was.Generation != is.Generation || gather.SetReady(was) != gather.SetReady(is) || rosterOf(was) != rosterOf(is))
	}}
}

func rosterOf(set *crier.SubscriberSet) string {
	if set.Status.Roster == nil {
		return ""
	}
	return set.Status.Roster.Digest
}
