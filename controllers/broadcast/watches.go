package broadcast

import (
	"context"
	"errors"
	"slices"

	corev1 "k8s.io/api/core/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/fair"
	"crier.dev/crier/internal/cluster/heart"
	"crier.dev/crier/internal/cluster/watch"
)

// crdKind is the kind whose metadata tells the age of the ledger.
var crdKind = schema.GroupVersionKind{Group: "apiextensions.k8s.io", Version: "v1", Kind: "CustomResourceDefinition"}

// SetupWithManager registers the indexes and the controller. A Broadcast is
// looked at when it changes, when its record does, and while it waits also when
// anything changes that it may be waiting for.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	if r.Heart == nil {
		return heart.ErrNone
	}
	indexer, ctx := mgr.GetFieldIndexer(), context.Background()
	if err := errors.Join(
		indexer.IndexField(ctx, &crier.Broadcast{}, IndexWaits, ByWaits),
		indexer.IndexField(ctx, &crier.DeliveryRecord{}, IndexRecords, ByNamespace)); err != nil {
		return err
	}
	return ctrl.NewControllerManagedBy(mgr).
		Named("broadcast").
		For(&crier.Broadcast{}, builder.WithPredicates(predicate.Or[client.Object](watch.Broadcast(), statusWiped()))).
		Watches(&crier.DeliveryRecord{}, handler.EnqueueRequestsFromMapFunc(ofRecord)).
		Watches(&crier.MailingList{}, handler.EnqueueRequestsFromMapFunc(r.waitingFor(kindList)), builder.WithPredicates(watch.MailingList())).
		Watches(&crier.SubscriberSet{}, handler.EnqueueRequestsFromMapFunc(r.waitingFor("")), builder.WithPredicates(watch.SubscriberSet())).
		Watches(&crier.MessageTemplate{}, handler.EnqueueRequestsFromMapFunc(r.waitingFor(kindTemplate)), builder.WithPredicates(watch.MessageTemplate())).
		WatchesMetadata(&corev1.ConfigMap{}, handler.EnqueueRequestsFromMapFunc(r.waitingFor("ConfigMap"))).
		WatchesMetadata(&corev1.Secret{}, handler.EnqueueRequestsFromMapFunc(r.waitingFor("Secret"))).
		WatchesMetadata(&corev1.Namespace{}, handler.EnqueueRequestsFromMapFunc(r.waitingOfNamespace),
			builder.WithPredicates(predicate.LabelChangedPredicate{})).
		Watches(&crier.Suppression{}, handler.EnqueueRequestsFromMapFunc(r.waitingForSuppression), builder.WithPredicates(watch.Suppression())).
		Watches(&crier.Relay{}, handler.EnqueueRequestsFromMapFunc(r.waitingForRelay), builder.WithPredicates(watch.Relay())).
		WithOptions(controller.Options{MaxConcurrentReconciles: atOnce, NewQueue: fair.NewQueue(atOncePerNamespace, fair.ByNamespace)}).
		Complete(r)
}

// atOnce is how many Broadcasts are looked at at once, so that an urgent one
// doesn't wait until a large one is written down.
const (
	atOnce             = 4
	atOncePerNamespace = 2
)

// IndexWaits is the field index of Broadcasts of which nothing was sent, by
// "Kind/name" of what they name, and by "*" for all of them.
const IndexWaits = "waits"

const (
	kindList     = "MailingList"
	kindTemplate = "MessageTemplate"
)

// ByWaits is the function of IndexWaits.
func ByWaits(obj client.Object) []string {
	b, ok := obj.(*crier.Broadcast)
	if !ok || b.Status.StartedAt != nil || meta.IsStatusConditionTrue(b.Status.Conditions, crier.ConditionFinished) {
		return nil
	}
	uses := []string{anything}
	for _, ref := range b.Spec.Lists() {
		uses = append(uses, watch.Use(kindList, ref.Name))
	}
	if ref := b.Spec.Content.TemplateRef; ref != nil {
		uses = append(uses, watch.Use(kindTemplate, ref.Name))
	}
	for _, a := range b.Spec.Content.Attachments {
		if kind, from := a.Object(); from != nil {
			uses = append(uses, watch.Use(kind, from.Name))
		}
	}
	slices.Sort(uses)
	return slices.Compact(uses)
}

// anything is what all that wait are indexed by. It is no object's.
const anything = "*"

// statusWiped lets through that somebody replaced the status.
func statusWiped() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		b, ok := e.ObjectNew.(*crier.Broadcast)
		return ok && b.Status.ObservedGeneration != b.Generation
	}}
}

// ofRecord finds the Broadcast of a record, its own or that of its report.
func ofRecord(_ context.Context, obj client.Object) []ctrl.Request {
	record, ok := obj.(*crier.DeliveryRecord)
	if !ok {
		return nil
	}
	return []ctrl.Request{{NamespacedName: types.NamespacedName{
		Namespace: record.Spec.Namespace, Name: record.Spec.Broadcast,
	}}}
}

// waitingFor finds the Broadcasts of an object's namespace that wait, and name
// it; all that wait for a kind that they don't name themselves ("").
func (r *Reconciler) waitingFor(kind string) handler.MapFunc {
	return func(ctx context.Context, obj client.Object) []ctrl.Request {
		by := anything
		if kind != "" {
			by = watch.Use(kind, obj.GetName())
		}
		return r.waiting(ctx, by, client.InNamespace(obj.GetNamespace()))
	}
}

func (r *Reconciler) waitingOfNamespace(ctx context.Context, ns client.Object) []ctrl.Request {
	return r.waiting(ctx, anything, client.InNamespace(ns.GetName()))
}

// waitingForRelay finds the Broadcasts that wait to lists of a Relay.
func (r *Reconciler) waitingForRelay(ctx context.Context, relay client.Object) []ctrl.Request {
	return r.throughRelay(ctx, client.ObjectKeyFromObject(relay))
}

func (r *Reconciler) throughRelay(ctx context.Context, relay types.NamespacedName) (out []ctrl.Request) {
	var lists crier.MailingListList
	of := watch.Find[crier.MailingList](ctx, r.Client, &lists, func() []crier.MailingList { return lists.Items }, nil,
		client.MatchingFields{watch.IndexRelay: relay.String()})
	for _, list := range of {
		out = append(out, r.waiting(ctx, watch.Use(kindList, list.Name), client.InNamespace(list.Namespace))...)
	}
	return out
}

// waitingForSuppression finds the Broadcasts that wait and that a Suppression
// has a say in: those of its namespace, of its Relay, or all of them.
func (r *Reconciler) waitingForSuppression(ctx context.Context, obj client.Object) []ctrl.Request {
	s, ok := obj.(*crier.Suppression)
	if !ok {
		return nil
	}
	switch scope := s.Spec.Scope; {
	case scope.Kind == crier.ScopeList:
		return r.waiting(ctx, watch.Use(kindList, scope.Name), client.InNamespace(s.Namespace))
	case scope.Kind == crier.ScopeRelay:
		return r.throughRelay(ctx, types.NamespacedName{Namespace: s.Namespace, Name: scope.Name})
	case s.Namespace == r.Namespace:
		return r.waiting(ctx, anything)
	}
	return r.waiting(ctx, anything, client.InNamespace(s.Namespace))
}

func (r *Reconciler) waiting(ctx context.Context, by string, options ...client.ListOption) []ctrl.Request {
	var list crier.BroadcastList
	return watch.Find[crier.Broadcast](ctx, r.Client, &list, func() []crier.Broadcast { return list.Items }, nil,
		append(options, client.MatchingFields{IndexWaits: by})...)
}
