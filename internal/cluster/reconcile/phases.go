// Package reconcile is the skeleton of every controller: phases in order until
// one of them comes to a verdict, conditions that generic tools understand, one
// status, milestone events.
package reconcile

import (
	"context"
	"errors"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/readable"
)

// Phase is a step of Reconcile. It decides by returning a verdict; nil lets the
// next phase go on.
type Phase func(context.Context) (*Verdict, error)

var errUndecided = errors.New("no phase came to a verdict")

// Run goes through the phases until one decides. With an error comes a
// verdict as well, so that there always is a status to write.
func Run(ctx context.Context, phases ...Phase) (Verdict, error) {
	for _, phase := range phases {
		verdict, err := phase(ctx)
		var unreadable *readable.Error
		if errors.As(err, &unreadable) {
			Log(ctx, unreadable)
			return IsReconciling(crier.ReasonFieldUnreadable,
				"%s. It continues by itself when that is changed.", unreadable).After(untilMended), nil
		}
		if err != nil {
			return failed(), err
		}
		if verdict != nil {
			return *verdict, nil
		}
	}
	return failed(), errUndecided
}

// failed is what tenants see of an error of ours: its text may speak of what
// isn't theirs.
func failed() Verdict {
	return IsReconciling(crier.ReasonInternal,
		"Crier ran into an error and tries again; its log says more.")
}

// Outcome is what Reconcile came to for one object.
type Outcome struct {
	// Object has the status that it is to have.
	Object client.Object
	// Before are its conditions as they were read.
	Before []metav1.Condition
	// Verdict of the phases, and their error.
	Verdict Verdict
	Err     error
	// Unchanged says that the status needn't be written: it surely is in the
	// cluster as it is here, or will be looked at again if it isn't. That it equals
	// the one that was read isn't enough: the cache may be older than what was
	// written last, and a wrong status would be left standing. It is enough for a
	// controller that changes of the status wake (see watch.Own).
	Unchanged bool
}

// Write applies the status unless it is unchanged, then announces milestones,
// and turns verdict and error into the result of Reconcile. An object that is
// gone by now is nobody's error.
func Write(ctx context.Context, c client.Client, recorder events.EventRecorder, o Outcome) (ctrl.Result, error) {
	if !o.Unchanged {
		applied := Apply(ctx, c, o.Object)
		if apierrors.IsNotFound(applied) {
			return ctrl.Result{}, nil
		}
		if applied != nil {
			return ctrl.Result{}, errors.Join(o.Err, applied)
		}
		Announce(recorder, o.Object, o.Before)
	}
	if o.Err != nil {
		return ctrl.Result{}, o.Err
	}
	return ctrl.Result{RequeueAfter: o.Verdict.RequeueAfter}, nil
}
