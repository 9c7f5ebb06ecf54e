package share

import (
	"context"

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

// SetupWithManager registers the controller. While something is sent it
// looks at the world by itself; a watch only begins that.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	return ctrl.NewControllerManagedBy(mgr).
		Named("share").
		For(&crier.Relay{}, builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Watches(&crier.DeliveryRecord{}, handler.EnqueueRequestsFromMapFunc(ofRecord), builder.WithPredicates(started())).
		Complete(r)
}

// started lets through records whose senders start or stop.
func started() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		before, was := e.ObjectOld.(*crier.DeliveryRecord)
		after, is := e.ObjectNew.(*crier.DeliveryRecord)
		if !was || !is || after.State.Route == nil {
			return true
		}
		relay := after.State.Route.Relay
		return running(&before.State, relay) != running(&after.State, relay) || after.State.Trouble != nil
	}}
}

func ofRecord(_ context.Context, obj client.Object) []reconcile.Request {
	record, ok := obj.(*crier.DeliveryRecord)
	if !ok || record.State.Route == nil {
		return nil
	}
	relay := record.State.Route.Relay
	return []reconcile.Request{{NamespacedName: types.NamespacedName{Namespace: relay.Namespace, Name: relay.Name}}}
}
