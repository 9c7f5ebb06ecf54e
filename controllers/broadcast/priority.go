package broadcast

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/delivery/grant"
)

// checkPriority holds a Broadcast that wants to be urgent and may not. It
// could go out as any other, but then somebody relies on what isn't so.
func (s *scope) checkPriority(ctx context.Context) (*reconcile.Verdict, error) {
	if s.broadcast.Spec.Priority != crier.PriorityUrgent {
		return nil, nil
	}
	namespace := &metav1.PartialObjectMetadata{}
	namespace.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Namespace"))
	if err := s.Reader.Get(ctx, client.ObjectKey{Name: s.broadcast.Namespace}, namespace); err != nil {
		return nil, err
	}
	if grant.Urgent(s.relay, s.broadcast.Namespace, namespace.Labels, s.list.Spec.From.Address) {
		return nil, nil
	}
	ref := s.relayRef()
	return verdict(reconcile.IsStalled(crier.ReasonPriorityNotAllowed,
		"Relay %s/%s doesn't let namespace %s send with priority Urgent as %s. Nothing has been sent. Set priority to Normal, or ask the Relay's owner for a grant with urgent: true.",
		ref.Namespace, ref.Name, s.broadcast.Namespace, s.list.Spec.From.Address).After(whileWaiting))
}
