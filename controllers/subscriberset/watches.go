package subscriberset

import (
	"context"
	"errors"

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
	"crier.dev/crier/internal/cluster/gather"
	"crier.dev/crier/internal/cluster/watch"
)

// SetupWithManager registers the controller and the sweep of rosters whose
// sets went away unseen. Of ConfigMaps and Secrets only metadata is watched.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	if err := mgr.Add(&sweep{r}); err != nil {
		return err
	}
	indexer, ctx := mgr.GetFieldIndexer(), context.Background()
	if err := errors.Join(
		indexer.IndexField(ctx, &crier.SubscriberSet{}, watch.IndexUses, r.byUses),
		indexer.IndexField(ctx, &crier.SubscriberSet{}, watch.IndexIdentity, watch.ByIdentity)); err != nil {
		return err
	}
	return ctrl.NewControllerManagedBy(mgr).
		Named("subscriberset").
		For(&crier.SubscriberSet{}, builder.WithPredicates(predicate.Or[client.Object](predicate.GenerationChangedPredicate{}, statusWiped(), consentGiven()))).
		Watches(&crier.SubscriberSet{}, handler.EnqueueRequestsFromMapFunc(r.setsOf("SubscriberSet")), builder.WithPredicates(usableChanged())).
		WatchesMetadata(&corev1.ConfigMap{}, handler.EnqueueRequestsFromMapFunc(r.setsOf("ConfigMap"))).
		WatchesMetadata(&corev1.Secret{}, handler.EnqueueRequestsFromMapFunc(r.setsOf("Secret"))).
		WatchesMetadata(&corev1.Secret{}, handler.EnqueueRequestsFromMapFunc(r.setOfRoster), builder.WithPredicates(r.partLost())).
		WithOptions(controller.Options{MaxConcurrentReconciles: concurrent, NewQueue: fair.NewQueue(concurrentPerNamespace, fair.ByNamespace)}).
		Complete(r)
}

// statusWiped lets through that somebody replaced the status.
func statusWiped() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		set, ok := e.ObjectNew.(*crier.SubscriberSet)
		return ok && (set.Status.ObservedGeneration != set.Generation || set.Status.Roster == nil)
	}}
}

// byUses is the function of the index by what a set reads.
func (r *Reconciler) byUses(obj client.Object) (uses []string) {
	set, ok := obj.(*crier.SubscriberSet)
	if !ok {
		return nil
	}
	for _, used := range r.sourceOf(set).Uses() {
		uses = append(uses, watch.Use(used.Kind, used.Name))
	}
	return uses
}

// setsOf finds the sets that read an object of that kind.
func (r *Reconciler) setsOf(kind string) handler.MapFunc {
	return func(ctx context.Context, obj client.Object) []ctrl.Request {
		return r.sets(ctx, watch.Using(obj, kind)...)
	}
}

// setOfRoster finds the set whose roster lost a part.
func (r *Reconciler) setOfRoster(ctx context.Context, part client.Object) []ctrl.Request {
	return r.sets(ctx, client.MatchingFields{watch.IndexIdentity: part.GetLabels()[crier.LabelIdentity]})
}

func (r *Reconciler) sets(ctx context.Context, options ...client.ListOption) []ctrl.Request {
	var sets crier.SubscriberSetList
	return watch.Find[crier.SubscriberSet](ctx, r.Client, &sets, func() []crier.SubscriberSet { return sets.Items }, nil, options...)
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
