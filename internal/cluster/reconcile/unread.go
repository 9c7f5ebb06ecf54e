package reconcile

import (
	"context"
	"errors"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/readable"
)

// untilMended is when something is looked at again that waits for an object
// that can't be read.
const untilMended = 30 * time.Second

// unwritable is when the status of an object is tried again that can't be
// written as the object is.
const unwritable = 5 * time.Minute

// Unread ends Reconcile for an object that couldn't be read: it is gone, which is
// nobody's error, or a part of it can't be decoded. Such an object is left alone
// until somebody edits it; its status and the log say what has to be changed.
func Unread(ctx context.Context, c client.Client, recorder events.EventRecorder, obj client.Object, now time.Time, err error) (ctrl.Result, error) {
	var unreadable *readable.Error
	if !errors.As(err, &unreadable) {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	Log(ctx, unreadable)
	obj = obj.DeepCopyObject().(client.Object)
	conditions, observed := statusOf(obj)
	if conditions == nil || obj.GetDeletionTimestamp() != nil {
		return ctrl.Result{}, nil
	}
	before := slices.Clone(*conditions)
	v := IsStalled(crier.ReasonFieldUnreadable, "%s. Nothing is done with this object until that is changed.", unreadable.Fields)
	*observed = obj.GetGeneration()
	*conditions = Conditions(*conditions, obj.GetGeneration(), v, now)
	for i := range *conditions {
		(*conditions)[i].ObservedGeneration = obj.GetGeneration()
	}
	result, err := Write(ctx, c, recorder, Outcome{Object: obj, Before: before, Verdict: v})
	if err != nil {
		// An API server whose definitions don't know such a field refuses to
		// apply anything to the object. Events are about it, not in it.
		log.FromContext(ctx).Error(err, "the status of this object can't be written")
		Announce(recorder, obj, nil)
		return ctrl.Result{RequeueAfter: unwritable}, nil
	}
	return result, nil
}

// Log names an object that can't be read, and what of it.
func Log(ctx context.Context, unreadable *readable.Error) {
	log.FromContext(ctx).Info("this object can't be read and is left alone until it is changed",
		"unreadableKind", unreadable.Kind, "unreadableNamespace", unreadable.Namespace,
		"unreadableName", unreadable.Name, "fields", unreadable.Fields)
}

// statusOf is where the conditions of a kind are, and the generation that they
// are about; nil for a kind that has none.
func statusOf(obj client.Object) (*[]metav1.Condition, *int64) {
	switch o := obj.(type) {
	case *crier.Broadcast:
		return &o.Status.Conditions, &o.Status.ObservedGeneration
	case *crier.MailingList:
		return &o.Status.Conditions, &o.Status.ObservedGeneration
	case *crier.MessageTemplate:
		return &o.Status.Conditions, &o.Status.ObservedGeneration
	case *crier.Relay:
		return &o.Status.Conditions, &o.Status.ObservedGeneration
	case *crier.SubscriberSet:
		return &o.Status.Conditions, &o.Status.ObservedGeneration
	case *crier.Suppression:
		return &o.Status.Conditions, &o.Status.ObservedGeneration
	}
	return nil, nil
}
