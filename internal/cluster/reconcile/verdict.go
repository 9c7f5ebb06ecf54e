package reconcile

import (
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"

	"crier.dev/crier/internal/words"
)

// State is what an object is in after Reconcile.
type State int

const (
	// Ready means that nothing is to be done now.
	Ready State = iota
	// Reconciling means that work goes on, or waits for a cause that mends
	// without an edit of this object.
	Reconciling
	// Stalled means that a person must do something.
	Stalled
)

// Verdict is what the phases found out, and when to look again.
type Verdict struct {
	State   State
	Reason  string
	Message string

	// RequeueAfter is when to look again though nothing changed; 0 for never.
	RequeueAfter time.Duration
}

// IsReady makes a verdict of state Ready.
func IsReady(reason, format string, args ...any) Verdict {
	return Verdict{State: Ready, Reason: reason, Message: sentence(format, args)}
}

// IsReconciling makes a verdict of state Reconciling.
func IsReconciling(reason, format string, args ...any) Verdict {
	return Verdict{State: Reconciling, Reason: reason, Message: sentence(format, args)}
}

// IsStalled makes a verdict of state Stalled.
func IsStalled(reason, format string, args ...any) Verdict {
	return Verdict{State: Stalled, Reason: reason, Message: sentence(format, args)}
}

// After sets when to look again.
func (v Verdict) After(d time.Duration) Verdict {
	v.RequeueAfter = d
	return v
}

func sentence(format string, args []any) string {
	message := format
	if len(args) > 0 {
		message = fmt.Sprintf(format, args...)
	}
	const limit = 4096 // a condition's message may have 32768; people read less
	return words.Shorten(message, limit)
}

// Conditions replaces Ready, Reconciling and Stalled in conditions by those
// of the verdict. Times of transition are kept where the status stays.
func Conditions(conditions []metav1.Condition, generation int64, v Verdict, now time.Time) []metav1.Condition {
	Set(&conditions, crier.ConditionReady, v.State == Ready, generation, v.Reason, v.Message, now)
	for kind, state := range map[string]State{
		crier.ConditionReconciling: Reconciling,
		crier.ConditionStalled:     Stalled,
	} {
		if v.State == state {
			Set(&conditions, kind, true, generation, v.Reason, v.Message, now)
		} else {
			meta.RemoveStatusCondition(&conditions, kind)
		}
	}
	return conditions
}

// Set sets one condition.
func Set(conditions *[]metav1.Condition, kind string, value bool, generation int64, reason, message string, now time.Time) {
	status := metav1.ConditionFalse
	if value {
		status = metav1.ConditionTrue
	}
	meta.SetStatusCondition(conditions, metav1.Condition{
		Type: kind, Status: status, ObservedGeneration: generation,
		LastTransitionTime: metav1.NewTime(now), Reason: reason, Message: message,
	})
}

// Check says what generic tools would not understand in conditions. Tests
// call it after every Reconcile.
func Check(conditions []metav1.Condition, observedGeneration, generation int64) error {
	if observedGeneration != generation {
		return fmt.Errorf("observedGeneration is %d, generation %d", observedGeneration, generation)
	}
	if meta.FindStatusCondition(conditions, crier.ConditionReady) == nil {
		return fmt.Errorf("condition Ready is missing")
	}
	for _, c := range conditions {
		if c.ObservedGeneration != generation {
			return fmt.Errorf("condition %s is of generation %d, not %d", c.Type, c.ObservedGeneration, generation)
		}
		abnormal := c.Type == crier.ConditionReconciling || c.Type == crier.ConditionStalled
		if abnormal && c.Status != metav1.ConditionTrue {
			return fmt.Errorf("condition %s is present and not True", c.Type)
		}
	}
	reconciling := meta.IsStatusConditionTrue(conditions, crier.ConditionReconciling)
	stalled := meta.IsStatusConditionTrue(conditions, crier.ConditionStalled)
	ready := meta.IsStatusConditionTrue(conditions, crier.ConditionReady)
	if reconciling && stalled {
		return fmt.Errorf("both Reconciling and Stalled")
	}
	if ready == (reconciling || stalled) {
		return fmt.Errorf("ready is %t with Reconciling %t and Stalled %t", ready, reconciling, stalled)
	}
	return nil
}
