package suppression

import (
	"context"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/recipients/source"
	"crier.dev/crier/internal/recipients/source/csv"
)

// atOnce is how many are read at once, so that a large one holds up no other
// for long: mail waits for them.
const atOnce = 3

// SetupWithManager registers the controller, and the sweep of addresses whose
// Suppressions went away unseen. Of ConfigMaps and Secrets only metadata is
// watched.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	if err := mgr.Add(&sweep{r}); err != nil {
		return err
	}
	return ctrl.NewControllerManagedBy(mgr).
		Named("suppression").
		For(&crier.Suppression{}, builder.WithPredicates(predicate.Or[client.Object](predicate.GenerationChangedPredicate{}, statusWiped()))).
		WatchesMetadata(&corev1.ConfigMap{}, handler.EnqueueRequestsFromMapFunc(r.readersOf("ConfigMap"))).
		WatchesMetadata(&corev1.Secret{}, handler.EnqueueRequestsFromMapFunc(r.readersOf("Secret"))).
		WatchesMetadata(&corev1.Secret{}, handler.EnqueueRequestsFromMapFunc(r.whoLost), builder.WithPredicates(deleted())).
		WithOptions(controller.Options{MaxConcurrentReconciles: atOnce}).
		Complete(r)
}

// statusWiped lets through that somebody replaced the status.
func statusWiped() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		s, ok := e.ObjectNew.(*crier.Suppression)
		return ok && (s.Status.ObservedGeneration != s.Generation || len(s.Status.Conditions) == 0)
	}}
}

// readersOf finds the Suppressions that read an object of that kind.
func (r *Reconciler) readersOf(kind string) handler.MapFunc {
	return func(ctx context.Context, obj client.Object) []ctrl.Request {
		used := source.Object{Kind: kind, Name: obj.GetName()}
		var list crier.SuppressionList
		if err := r.Client.List(ctx, &list, client.InNamespace(obj.GetNamespace())); err != nil {
			return nil
		}
		var out []ctrl.Request
		for i := range list.Items {
			if from := list.Items[i].Spec.CSV; from != nil && slices.Contains(csv.New(*from).Uses(), used) {
				out = append(out, ctrl.Request{NamespacedName: client.ObjectKeyFromObject(&list.Items[i])})
			}
		}
		return out
	}
}

// deleted lets through that something is gone.
func deleted() predicate.Predicate {
	return predicate.Funcs{
		CreateFunc: func(event.CreateEvent) bool { return false },
		UpdateFunc: func(event.UpdateEvent) bool { return false },
	}
}

// whoLost finds the Suppression whose stored addresses lost a part that is in
// use: mail waits until they are whole again.
func (r *Reconciler) whoLost(ctx context.Context, part client.Object) []ctrl.Request {
	if part.GetNamespace() != r.Namespace || part.GetLabels()[crier.LabelComponent] != crier.ComponentSuppression {
		return nil
	}
	var list crier.SuppressionList
	if err := r.Client.List(ctx, &list); err != nil {
		return nil
	}
	for i := range list.Items {
		s := &list.Items[i]
		if s.Status.Roster == nil || names.Identity(s.Namespace, s.Name) != part.GetLabels()[crier.LabelIdentity] {
			continue
		}
		used := names.SuppressionSecretName(s.Namespace, s.Name, s.Status.Roster.Digest, 0)
		if strings.HasPrefix(part.GetName(), strings.TrimSuffix(used, "0")) {
			return []ctrl.Request{{NamespacedName: client.ObjectKeyFromObject(s)}}
		}
	}
	return nil
}

const sweepEvery = time.Hour

// sweep deletes the addresses of Suppressions that were deleted while no
// manager ran.
type sweep struct{ *Reconciler }

// Start runs until ctx is done; the manager calls it on the leader only.
func (s *sweep) Start(ctx context.Context) error {
	wait.UntilWithContext(ctx, func(ctx context.Context) {
		if err := s.once(ctx); err != nil {
			log.FromContext(ctx).Error(err, "sweep of suppressions")
		}
	}, sweepEvery)
	return nil
}

func (s *sweep) once(ctx context.Context) error {
	var list crier.SuppressionList
	if err := s.Client.List(ctx, &list); err != nil {
		return err
	}
	known := map[string]bool{}
	for i := range list.Items {
		known[names.Identity(list.Items[i].Namespace, list.Items[i].Name)] = true
	}
	return s.rosters().Sweep(ctx, known, s.Clock.Now())
}
