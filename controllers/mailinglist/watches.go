package mailinglist

import (
	"context"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	crier "crier.dev/crier/api/v1alpha1"
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

// SetupWithManager registers the index and the controller.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	if err := mgr.GetFieldIndexer().IndexField(context.Background(), &crier.MailingList{}, IndexListID, ByListID); err != nil {
		return err
	}
	return ctrl.NewControllerManagedBy(mgr).
		Named("mailinglist").
		For(&crier.MailingList{}, builder.WithPredicates(predicate.Or[client.Object](predicate.GenerationChangedPredicate{}, statusWiped()))).
		Watches(&crier.MailingList{}, handler.EnqueueRequestsFromMapFunc(r.rivals), builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Watches(&crier.SubscriberSet{}, handler.EnqueueRequestsFromMapFunc(r.listsOfSet)).
		Watches(&crier.Relay{}, handler.EnqueueRequestsFromMapFunc(r.listsOfRelay)).
		WatchesMetadata(&corev1.Namespace{}, handler.EnqueueRequestsFromMapFunc(r.listsOfNamespace),
			builder.WithPredicates(predicate.LabelChangedPredicate{})).
		Complete(r)
}

// statusWiped lets through that somebody removed the status.
func statusWiped() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		list, ok := e.ObjectNew.(*crier.MailingList)
		return ok && list.Status.ObservedGeneration != list.Generation
	}}
}

// rivals are the other lists with the same List-Id: one of them may be next
// in line.
func (r *Reconciler) rivals(ctx context.Context, obj client.Object) []ctrl.Request {
	ids := ByListID(obj)
	if len(ids) == 0 {
		return nil
	}
	return r.lists(ctx, func(l *crier.MailingList) bool { return l.UID != obj.GetUID() }, client.MatchingFields{IndexListID: ids[0]})
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
	key := client.ObjectKeyFromObject(relay)
	return r.lists(ctx, func(l *crier.MailingList) bool { return l.RelayKey() == key })
}

func (r *Reconciler) listsOfNamespace(ctx context.Context, ns client.Object) []ctrl.Request {
	return r.lists(ctx, func(*crier.MailingList) bool { return true }, client.InNamespace(ns.GetName()))
}

// lists finds the lists that an event is about.
func (r *Reconciler) lists(ctx context.Context, concerns func(*crier.MailingList) bool, options ...client.ListOption) []ctrl.Request {
	var lists crier.MailingListList
	if err := r.Client.List(ctx, &lists, options...); err != nil {
		return nil
	}
	var out []ctrl.Request
	for i := range lists.Items {
		if concerns(&lists.Items[i]) {
			out = append(out, ctrl.Request{NamespacedName: client.ObjectKeyFromObject(&lists.Items[i])})
		}
	}
	return out
}
