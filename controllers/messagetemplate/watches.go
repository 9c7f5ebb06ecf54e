package messagetemplate

import (
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	crier "crier.dev/crier/api/v1alpha1"
)

// SetupWithManager registers the controller.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	return ctrl.NewControllerManagedBy(mgr).
		Named("messagetemplate").
		For(&crier.MessageTemplate{}, builder.WithPredicates(predicate.Or[client.Object](
			predicate.GenerationChangedPredicate{}, statusWiped()))).
		Complete(r)
}

// statusWiped lets through that somebody replaced the status.
func statusWiped() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		t, ok := e.ObjectNew.(*crier.MessageTemplate)
		return ok && t.Status.ObservedGeneration != t.Generation
	}}
}
