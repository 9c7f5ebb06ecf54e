package grant

import (
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"

	crier "crier.dev/crier/api/v1alpha1"
)

// NotReady says why nothing can be sent through a Relay as its status stands, to
// follow its name; "" if it can.
func NotReady(relay *crier.Relay) string {
	if relay.Status.ObservedGeneration != relay.Generation {
		return "has just changed and is being tested"
	}
	ready := meta.FindStatusCondition(relay.Status.Conditions, crier.ConditionReady)
	switch {
	case ready == nil:
		return "has not been tested yet"
	case ready.Status != "True":
		return fmt.Sprintf("is not ready (%s)", ready.Reason)
	}
	return ""
}
