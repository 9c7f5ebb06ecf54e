package mailinglist

import (
	"context"
	"errors"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/fair"
	"crier.dev/crier/internal/cluster/watch"
	"crier.dev/crier/internal/writing/listid"
)

// IndexListID is the field index of MailingLists by List-Id.
const IndexListID = "listID"

// ByListID is the function of IndexListID. An address that is none has no
// List-Id and takes none from others.
func ByListID(obj client.Object) []string {
	list, ok := obj.(*crier.MailingList)
	if !ok {
		return nil
	}
	id, err := listid.Of(string(list.Spec.Address))
	if err != nil {
		return nil
	}
	return []string{id}
}

// atOnce is how many lists are looked at at once.
const atOnce = 2

// SetupWithManager registers the indexes and the controller.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	indexer, ctx := mgr.GetFieldIndexer(), context.Background()
	if err := errors.Join(
		indexer.IndexField(ctx, &crier.MailingList{}, IndexListID, ByListID),
		indexer.IndexField(ctx, &crier.MailingList{}, watch.IndexRelay, watch.ByRelay)); err != nil {
		return err
	}
	return ctrl.NewControllerManagedBy(mgr).
		Named("mailinglist").
		For(&crier.MailingList{}, builder.WithPredicates(watch.Own())).
		Watches(&crier.MailingList{}, handler.EnqueueRequestsFromMapFunc(r.rivals), builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Watches(&crier.SubscriberSet{}, handler.EnqueueRequestsFromMapFunc(r.listsOfSet), builder.WithPredicates(watch.SubscriberSet())).
		Watches(&crier.Relay{}, handler.EnqueueRequestsFromMapFunc(r.listsOfRelay), builder.WithPredicates(watch.Relay())).
		WatchesMetadata(&corev1.Namespace{}, handler.EnqueueRequestsFromMapFunc(r.listsOfNamespace),
			builder.WithPredicates(predicate.LabelChangedPredicate{})).
		WithOptions(controller.Options{MaxConcurrentReconciles: atOnce, NewQueue: fair.NewQueue(1, fair.ByNamespace)}).
		Complete(r)
}

// rivals are the other lists with the same List-Id: one of them may be next
// in line. Of one that may not have its address, nobody hears anything.
func (r *Reconciler) rivals(ctx context.Context, obj client.Object) []ctrl.Request {
	list, ok := obj.(*crier.MailingList)
	if !ok {
		return nil
	}
	if valid, err := r.entitled(ctx, list); err == nil && !valid {
		return nil
	}
	return r.alike(ctx, list)
}

// alike are the other lists with the same List-Id.
func (r *Reconciler) alike(ctx context.Context, list *crier.MailingList) []ctrl.Request {
	ids := ByListID(list)
	if len(ids) == 0 {
		return nil
	}
	return r.lists(ctx, func(l *crier.MailingList) bool { return l.UID != list.UID }, client.MatchingFields{IndexListID: ids[0]})
}

func (r *Reconciler) listsOfSet(ctx context.Context, set client.Object) []ctrl.Request {
	return r.lists(ctx, func(l *crier.MailingList) bool { return reaches(l, set) }, client.InNamespace(set.GetNamespace()))
}

// reaches says whether a set counts for a list, be it that its people are
// left out.
func reaches(list *crier.MailingList, set client.Object) bool {
	audience := list.Spec.Audience
	if selects(audience.SubscriberSets, audience.Selector, set) {
		return true
	}
	return audience.Exclude != nil && selects(audience.Exclude.SubscriberSets, audience.Exclude.Selector, set)
}

func selects(names []crier.LocalReference, by *metav1.LabelSelector, set client.Object) bool {
	named := slices.ContainsFunc(names, func(ref crier.LocalReference) bool { return ref.Name == set.GetName() })
	if named || by == nil {
		return named
	}
	selector, err := metav1.LabelSelectorAsSelector(by)
	return err == nil && selector.Matches(labels.Set(set.GetLabels()))
}

func (r *Reconciler) listsOfRelay(ctx context.Context, relay client.Object) []ctrl.Request {
	return r.withRivals(ctx, client.MatchingFields{watch.IndexRelay: client.ObjectKeyFromObject(relay).String()})
}

func (r *Reconciler) listsOfNamespace(ctx context.Context, ns client.Object) []ctrl.Request {
	return r.withRivals(ctx, client.InNamespace(ns.GetName()))
}

// withRivals finds lists whose grants may have changed, and those that want the
// address of one of them.
func (r *Reconciler) withRivals(ctx context.Context, options ...client.ListOption) []ctrl.Request {
	var rivals []ctrl.Request
	out := r.lists(ctx, func(l *crier.MailingList) bool {
		rivals = append(rivals, r.alike(ctx, l)...)
		return true
	}, options...)
	return append(out, rivals...)
}

// lists finds the lists that an event is about.
func (r *Reconciler) lists(ctx context.Context, concerns func(*crier.MailingList) bool, options ...client.ListOption) []ctrl.Request {
	var lists crier.MailingListList
	return watch.Find(ctx, r.Client, &lists, func() []crier.MailingList { return lists.Items }, concerns, options...)
}
