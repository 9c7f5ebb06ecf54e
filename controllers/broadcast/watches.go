package broadcast

import (
	"context"

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
)

// crdKind is the kind whose metadata tells the age of the ledger.
var crdKind = schema.GroupVersionKind{Group: "apiextensions.k8s.io", Version: "v1", Kind: "CustomResourceDefinition"}

// SetupWithManager registers the controller. A Broadcast is looked at when
// it changes, when its record does, and while it waits also when anything
// changes that it may be waiting for.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	return ctrl.NewControllerManagedBy(mgr).
		Named("broadcast").
		For(&crier.Broadcast{}, builder.WithPredicates(predicate.Or[client.Object](
			predicate.GenerationChangedPredicate{}, statusWiped()))).
		Watches(&crier.DeliveryRecord{}, handler.EnqueueRequestsFromMapFunc(ofRecord)).
		Watches(&crier.MailingList{}, handler.EnqueueRequestsFromMapFunc(r.waitingIn(inNamespace))).
		Watches(&crier.SubscriberSet{}, handler.EnqueueRequestsFromMapFunc(r.waitingIn(inNamespace))).
		Watches(&crier.MessageTemplate{}, handler.EnqueueRequestsFromMapFunc(r.waitingIn(inNamespace))).
		Watches(&crier.Suppression{}, handler.EnqueueRequestsFromMapFunc(r.waitingIn(anywhere))).
		Watches(&crier.Relay{}, handler.EnqueueRequestsFromMapFunc(r.waitingIn(anywhere))).
		WithOptions(controller.Options{MaxConcurrentReconciles: atOnce}).
		Complete(r)
}

// atOnce is how many Broadcasts are looked at at once, so that an urgent one
// doesn't wait until a large one is written down.
const atOnce = 4

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

func inNamespace(obj client.Object) []client.ListOption {
	return []client.ListOption{client.InNamespace(obj.GetNamespace())}
}

func anywhere(client.Object) []client.ListOption { return nil }

// waitingIn finds the Broadcasts that nothing was sent of.
func (r *Reconciler) waitingIn(where func(client.Object) []client.ListOption) handler.MapFunc {
	return func(ctx context.Context, obj client.Object) []ctrl.Request {
		list := &crier.BroadcastList{}
		if err := r.Client.List(ctx, list, where(obj)...); err != nil {
			return nil
		}
		var out []ctrl.Request
		for i := range list.Items {
			b := &list.Items[i]
			if b.Status.StartedAt != nil || meta.IsStatusConditionTrue(b.Status.Conditions, crier.ConditionFinished) {
				continue
			}
			out = append(out, ctrl.Request{NamespacedName: client.ObjectKeyFromObject(b)})
		}
		return out
	}
}
