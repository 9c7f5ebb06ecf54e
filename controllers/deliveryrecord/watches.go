package deliveryrecord

import (
	"context"

	batchv1 "k8s.io/api/batch/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/ledger"
)

// SetupWithManager registers the controller. One record is carried out at a
// time, so that two never get the same connections of a Relay. Watches only
// make it quicker: a record that is sent looks at the world by itself.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	return ctrl.NewControllerManagedBy(mgr).
		Named("deliveryrecord").
		For(&crier.DeliveryRecord{}, builder.WithPredicates(turned())).
		Watches(&crier.Broadcast{}, handler.EnqueueRequestsFromMapFunc(ofBroadcast),
			builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		WatchesMetadata(&batchv1.Job{}, handler.EnqueueRequestsFromMapFunc(ofJob)).
		Complete(r)
}

// turned lets through what others than this controller change. Its own
// roll-ups must not bring it back at once: it would never pause.
func turned() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		before, was := e.ObjectOld.(*crier.DeliveryRecord)
		after, is := e.ObjectNew.(*crier.DeliveryRecord)
		if !was || !is {
			return true
		}
		a, b := &before.State, &after.State
		return a.Stage != b.Stage || a.Run != b.Run || a.BroadcastUID != b.BroadcastUID ||
			!equality.Semantic.DeepEqual(a.Resend, b.Resend)
	}}
}

func ofBroadcast(_ context.Context, obj client.Object) []reconcile.Request {
	return request(ledger.RecordName(obj.GetNamespace(), obj.GetName()))
}

func ofJob(_ context.Context, obj client.Object) []reconcile.Request {
	if name := obj.GetLabels()[crier.LabelRecord]; name != "" {
		return request(name)
	}
	return nil
}

func request(record string) []reconcile.Request {
	return []reconcile.Request{{NamespacedName: types.NamespacedName{Name: record}}}
}
