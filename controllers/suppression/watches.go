package suppression

import (
	"context"
	"errors"
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
	"crier.dev/crier/internal/cluster/fair"
	"crier.dev/crier/internal/cluster/watch"
	"crier.dev/crier/internal/names"
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
	indexer, ctx := mgr.GetFieldIndexer(), context.Background()
	if err := errors.Join(
		indexer.IndexField(ctx, &crier.Suppression{}, watch.IndexUses, byUses),
		indexer.IndexField(ctx, &crier.Suppression{}, watch.IndexIdentity, watch.ByIdentity)); err != nil {
		return err
	}
	return ctrl.NewControllerManagedBy(mgr).
		Named("suppression").
		For(&crier.Suppression{}, builder.WithPredicates(predicate.Or[client.Object](predicate.GenerationChangedPredicate{}, statusWiped()))).
		WatchesMetadata(&corev1.ConfigMap{}, handler.EnqueueRequestsFromMapFunc(r.readersOf("ConfigMap"))).
		WatchesMetadata(&corev1.Secret{}, handler.EnqueueRequestsFromMapFunc(r.readersOf("Secret"))).
		WatchesMetadata(&corev1.Secret{}, handler.EnqueueRequestsFromMapFunc(r.whoLost), builder.WithPredicates(deleted())).
		WithOptions(controller.Options{MaxConcurrentReconciles: atOnce, NewQueue: fair.NewQueue(1, fair.ByNamespace)}).
		Complete(r)
}

// statusWiped lets through that somebody replaced the status.
func statusWiped() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		s, ok := e.ObjectNew.(*crier.Suppression)
		return ok && (s.Status.ObservedGeneration != s.Generation || len(s.Status.Conditions) == 0)
	}}
}

// byUses is the function of the index by what a Suppression reads.
func byUses(obj client.Object) (uses []string) {
	if s, ok := obj.(*crier.Suppression); ok && s.Spec.CSV != nil {
		for _, used := range csv.New(*s.Spec.CSV).Uses() {
			uses = append(uses, watch.Use(used.Kind, used.Name))
		}
	}
	return uses
}

// readersOf finds the Suppressions that read an object of that kind.
func (r *Reconciler) readersOf(kind string) handler.MapFunc {
	return func(ctx context.Context, obj client.Object) []ctrl.Request {
		return r.suppressions(ctx, nil, watch.Using(obj, kind)...)
	}
}

func (r *Reconciler) suppressions(ctx context.Context, concerns func(*crier.Suppression) bool, options ...client.ListOption) []ctrl.Request {
	var list crier.SuppressionList
	return watch.Find(ctx, r.Client, &list, func() []crier.Suppression { return list.Items }, concerns, options...)
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
	return r.suppressions(ctx, func(s *crier.Suppression) bool {
		if s.Status.Roster == nil {
			return false
		}
		used := names.SuppressionSecretName(s.Namespace, s.Name, s.Status.Roster.Digest, 0)
		return strings.HasPrefix(part.GetName(), strings.TrimSuffix(used, "0"))
	}, client.MatchingFields{watch.IndexIdentity: part.GetLabels()[crier.LabelIdentity]})
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
	if err := s.Client.List(ctx, &list, client.UnsafeDisableDeepCopy); err != nil {
		return err
	}
	known := map[string]bool{}
	for i := range list.Items {
		known[names.Identity(list.Items[i].Namespace, list.Items[i].Name)] = true
	}
	now := s.Clock.Now()
	return errors.Join(s.rosters().Sweep(ctx, known, now), s.changes().Sweep(ctx, known, now))
}
