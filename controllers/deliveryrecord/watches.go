package deliveryrecord

import (
	"context"
	"errors"
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
	"crier.dev/crier/internal/cluster/fair"
	"crier.dev/crier/internal/cluster/heart"
	"crier.dev/crier/internal/cluster/watch"
	"crier.dev/crier/internal/names"
)

// SetupWithManager registers the controller. Watches only make it quicker: a
// record that is sent looks at the world by itself.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	if r.Heart == nil {
		return heart.ErrNone
	}
	index := mgr.GetFieldIndexer()
	err := errors.Join(
		index.IndexField(context.Background(), &crier.DeliveryRecord{}, IndexBroadcast, ByBroadcast),
		index.IndexField(context.Background(), &corev1.Pod{}, IndexPods, PodsByRecord))
	if err != nil {
		return err
	}
	return ctrl.NewControllerManagedBy(mgr).
		Named("deliveryrecord").
		For(&crier.DeliveryRecord{}, builder.WithPredicates(turned())).
		Watches(&crier.Broadcast{}, handler.EnqueueRequestsFromMapFunc(ofBroadcast), builder.WithPredicates(watch.Broadcast())).
		Watches(&crier.Broadcast{}, handler.EnqueueRequestsFromMapFunc(r.allOf), builder.WithPredicates(deleted())).
		WatchesMetadata(&corev1.Secret{}, handler.EnqueueRequestsFromMapFunc(r.ofSecret), builder.WithPredicates(lostSecret())).
		WatchesMetadata(&batchv1.Job{}, handler.EnqueueRequestsFromMapFunc(ofJob)).
		WithOptions(controller.Options{
			MaxConcurrentReconciles: workers, NewQueue: fair.NewQueue(mostOfOne, r.tenant),
			RateLimiter: workqueue.NewTypedItemExponentialFailureRateLimiter[ctrl.Request](100*time.Millisecond, longestRetry),
		}).
		Complete(r)
}

const (
	// workers look at records at the same time, and at most mostOfOne of them at
	// those of one namespace.
	workers   = 8
	mostOfOne = 6

	// IndexBroadcast is the field index of records by their Broadcast.
	IndexBroadcast = "broadcast"
)

// ByBroadcast is the function of IndexBroadcast.
func ByBroadcast(obj client.Object) []string {
	record, ok := obj.(*crier.DeliveryRecord)
	if !ok {
		return nil
	}
	return []string{record.Spec.Namespace + "/" + record.Spec.Broadcast}
}

// tenant is the namespace of the Broadcast of a record; "" if it isn't known yet.
func (r *Reconciler) tenant(req ctrl.Request) string {
	record := &crier.DeliveryRecord{}
	if r.Client.Get(context.Background(), req.NamespacedName, record) != nil {
		return ""
	}
	return record.Spec.Namespace
}

// deleted lets through the end of an object.
func deleted() predicate.Predicate {
	return predicate.Funcs{
		CreateFunc:  func(event.CreateEvent) bool { return false },
		UpdateFunc:  func(event.UpdateEvent) bool { return false },
		GenericFunc: func(event.GenericEvent) bool { return false },
	}
}

// allOf are the records of a Broadcast, its reports and tests included.
func (r *Reconciler) allOf(ctx context.Context, obj client.Object) (all []ctrl.Request) {
	list := &crier.DeliveryRecordList{}
	err := r.Client.List(ctx, list, client.UnsafeDisableDeepCopy, client.MatchingFields{IndexBroadcast: obj.GetNamespace() + "/" + obj.GetName()})
	if err != nil {
		return nil // each looks again by itself
	}
	for i := range list.Items {
		all = append(all, request(list.Items[i].Name)...)
	}
	return all
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
