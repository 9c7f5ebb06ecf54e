package deliveryrecord

import (
	"context"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
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
	"crier.dev/crier/internal/names"
)

// SetupWithManager registers the controller. Watches only make it quicker: a
// record that is sent looks at the world by itself.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	if r.Heart == nil {
		return heart.ErrNone
	}
	return ctrl.NewControllerManagedBy(mgr).
		Named("deliveryrecord").
		For(&crier.DeliveryRecord{}, builder.WithPredicates(turned())).
		Watches(&crier.Broadcast{}, handler.EnqueueRequestsFromMapFunc(ofBroadcast),
			builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		WatchesMetadata(&corev1.Secret{}, handler.EnqueueRequestsFromMapFunc(r.ofSecret), builder.WithPredicates(lostSecret())).
		WatchesMetadata(&batchv1.Job{}, handler.EnqueueRequestsFromMapFunc(ofJob)).
		WithOptions(controller.Options{
			RateLimiter: workqueue.NewTypedItemExponentialFailureRateLimiter[ctrl.Request](100*time.Millisecond, longestRetry),
		}).
		Complete(r)
}

// longestRetry is how long after an error a record is looked at again at the
// latest: an API server that was away for minutes must not keep mail waiting
// for as long again.
const longestRetry = 10 * time.Second

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

func ofBroadcast(_ context.Context, obj client.Object) []ctrl.Request {
	return request(names.RecordName(obj.GetNamespace(), obj.GetName()))
}

func ofJob(_ context.Context, obj client.Object) []ctrl.Request {
	if name := obj.GetLabels()[crier.LabelRecord]; name != "" {
		return request(name)
	}
	return nil
}

func request(record string) []ctrl.Request {
	return []ctrl.Request{{NamespacedName: types.NamespacedName{Name: record}}}
}
