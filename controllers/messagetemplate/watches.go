package messagetemplate

import (
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/watch"
)

// SetupWithManager registers the controller.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	return ctrl.NewControllerManagedBy(mgr).
		Named("messagetemplate").
		For(&crier.MessageTemplate{}, builder.WithPredicates(watch.Own())).
		Complete(r)
}
