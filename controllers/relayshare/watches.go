package relayshare

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/heart"
)

// SetupWithManager registers the controller. While something is sent it
// looks at the world by itself; watches begin that, and see pods end.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	if r.Heart == nil {
		return heart.ErrNone
	}
	if err := mgr.GetFieldIndexer().IndexField(context.Background(), &crier.DeliveryRecord{}, IndexSending, BySending); err != nil {
		return err
	}
	return ctrl.NewControllerManagedBy(mgr).
		Named("share").
		For(&crier.Relay{}, builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Watches(&crier.DeliveryRecord{}, handler.EnqueueRequestsFromMapFunc(ofRecord), builder.WithPredicates(started())).
		Watches(&corev1.Pod{}, handler.EnqueueRequestsFromMapFunc(r.PodEnded), builder.WithPredicates(ending())).
		WithOptions(controller.Options{
			// Relays have nothing to do with each other.
			MaxConcurrentReconciles: concurrentRelays,
			// Rations are good for a minute only: when the API server is back,
			// they must be soon.
			RateLimiter: workqueue.NewTypedItemExponentialFailureRateLimiter[ctrl.Request](100*time.Millisecond, longestRetry),
		}).
		Complete(r)
}

const (
	concurrentRelays = 4
	longestRetry     = 5 * time.Second
)

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

func ofRecord(_ context.Context, obj client.Object) []ctrl.Request {
	record, ok := obj.(*crier.DeliveryRecord)
	if !ok || record.State.Route == nil {
		return nil
	}
	relay := record.State.Route.Relay
	return []ctrl.Request{{NamespacedName: types.NamespacedName{Namespace: relay.Namespace, Name: relay.Name}}}
}
