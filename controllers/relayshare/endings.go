package relayshare

import (
	"context"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/sharebook"
	"crier.dev/crier/internal/delivery/share"
)

// endings remembers which pods were seen to end. The API server shows that of
// a pod that is deleted for a moment only, mostly between two looks. A process
// that has missed it waits until the rations of the pod are over.
type endings struct {
	mu sync.Mutex
	at map[string]time.Time // by UID of the pod
}

// note adds a pod, and forgets those whose rations are over in any case.
func (e *endings) note(uid string, now time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.at == nil {
		e.at = map[string]time.Time{}
	}
	e.at[uid] = now
	for old, at := range e.at {
		if now.Sub(at) > 2*(share.Term+share.Margin) {
			delete(e.at, old)
		}
	}
}

// add puts all that are remembered into a set.
func (e *endings) add(set map[string]bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for uid := range e.at {
		set[uid] = true
	}
}

// PodEnded takes in that a sender pod has ended, and says which Relay has more
// to give now.
func (r *Reconciler) PodEnded(ctx context.Context, pod client.Object) []ctrl.Request {
	r.endings.note(string(pod.GetUID()), r.Clock.Now())
	record := &crier.DeliveryRecord{}
	if err := r.Client.Get(ctx, client.ObjectKey{Name: pod.GetLabels()[crier.LabelRecord]}, record); err != nil {
		return nil // it only comes later
	}
	return ofRecord(ctx, record)
}

// ending lets through what shows that a pod has ended. That it is gone doesn't:
// it may have been deleted by force.
func ending() predicate.Predicate {
	ended := func(obj client.Object) bool {
		pod, ok := obj.(*corev1.Pod)
		return ok && sharebook.Ended(pod)
	}
	return predicate.Funcs{
		CreateFunc:  func(e event.CreateEvent) bool { return ended(e.Object) },
		UpdateFunc:  func(e event.UpdateEvent) bool { return ended(e.ObjectNew) && !ended(e.ObjectOld) },
		DeleteFunc:  func(e event.DeleteEvent) bool { return ended(e.Object) },
		GenericFunc: func(event.GenericEvent) bool { return false },
	}
}
