// Package subscriberset reads subscribers from where users keep them and
// stores them as a roster that Broadcasts plan with.
package subscriberset

import (
	"context"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/controllers/pass"
	"crier.dev/crier/internal/roster"
)

// Reconciler keeps the rosters of SubscriberSets.
type Reconciler struct {
	// Client reads from the cache: SubscriberSets only.
	Client client.Client
	// Reader asks the API server: ConfigMaps, Secrets and rosters, which are
	// too large or too secret for a cache.
	Reader client.Reader
	// Namespace of the operator, where rosters are stored.
	Namespace string
	Clock     clock.PassiveClock
	Recorder  events.EventRecorder
}

// scope is one pass over one set.
type scope struct {
	*Reconciler

	set *crier.SubscriberSet
	// previous status, as it was read.
	previous  crier.SubscriberSetStatus
	collected *roster.Collector
	result    roster.Result
	digest    string
	parts     int32 // that the roster was stored in
}

// +kubebuilder:rbac:groups=crier.dev,resources=subscribersets,verbs=get;list;watch
// +kubebuilder:rbac:groups=crier.dev,resources=subscribersets/status,verbs=get;patch
// +kubebuilder:rbac:groups="",resources=configmaps;secrets,verbs=get;list;watch
// +kubebuilder:rbac:groups="",resources=secrets,verbs=get;list;create;delete,namespace=crier-system
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch

// Reconcile makes the roster of a set follow its source.
func (r *Reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	set := &crier.SubscriberSet{}
	if err := r.Client.Get(ctx, req.NamespacedName, set); err != nil {
		if apierrors.IsNotFound(err) {
			return ctrl.Result{}, r.forget(ctx, req.NamespacedName)
		}
		return ctrl.Result{}, err
	}
	s := &scope{Reconciler: r, set: set.DeepCopy(), previous: set.Status}
	verdict, err := pass.Run(ctx, s.read, s.store, s.conclude)
	s.applyVerdict(verdict)
	result, err := pass.Write(ctx, r.Client, r.Recorder, s.set, pass.Always,
		s.previous.Conditions, s.set.Status.Conditions, verdict, err)
	if err != nil {
		return result, err
	}
	return result, s.tidy(ctx)
}
