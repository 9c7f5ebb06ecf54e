package audience

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"

	crier "crier.dev/crier/api/v1alpha1"
)

// NotReady says why a set can't be part of an audience as its status stands, to
// follow its name; "" if it can. A part of an audience must never be taken for
// the whole, nor somebody for a subscriber who is none any more.
func NotReady(set *crier.SubscriberSet) string {
	if set.Status.ObservedGeneration != set.Generation {
		return "has just changed and is being read"
	}
	ready := meta.FindStatusCondition(set.Status.Conditions, crier.ConditionReady)
	if ready == nil || ready.Status != "True" {
		if ready != nil {
			return fmt.Sprintf("is not ready: %s", strings.TrimRight(ready.Message, "."))
		}
		return "is not ready"
	}
	if set.Status.Roster == nil || set.Status.Roster.Generation != set.Generation {
		return "has no roster of its present generation"
	}
	return ""
}
