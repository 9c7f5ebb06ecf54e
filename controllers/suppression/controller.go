// Package suppression reads who is not written to from where users keep it,
// stores it, and gathers what applies to a message.
package suppression

import (
	"context"
	"errors"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/intact"
	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/cluster/rosterstore"
	"crier.dev/crier/internal/recipients/suppression"
)

// Reconciler keeps the addresses of Suppressions.
type Reconciler struct {
	// Client reads from the cache: objects of Crier's kinds only.
	Client client.Client
	// Reader asks the API server: ConfigMaps and Secrets, which are too large
	// or too secret for a cache.
	Reader client.Reader
	// Namespace of the operator, where the addresses are stored, and where
	// Suppressions of scope Global are heeded.
	Namespace string
	Clock     clock.PassiveClock
	Recorder  events.EventRecorder
	// Settle is the constant of that name; 0 reads at once, always.
	Settle time.Duration

	reads reads
}

// scope is one Reconcile of one Suppression.
type scope struct {
	*Reconciler

	object *crier.Suppression
	// previous status, as it was read.
	previous crier.SuppressionStatus
	now      time.Time

	inputs  string // digest of the versions of the files
	reading *suppression.Reading
	outcome suppression.Outcome
	parts   int32 // that its rows are stored in
}

// +kubebuilder:rbac:groups=crier.dev,resources=suppressions,verbs=get;list;watch
// +kubebuilder:rbac:groups=crier.dev,resources=suppressions/status,verbs=get;patch
// +kubebuilder:rbac:groups=crier.dev,resources=mailinglists;relays,verbs=get;list;watch
// +kubebuilder:rbac:groups="",resources=configmaps;secrets,verbs=get;list;watch
// +kubebuilder:rbac:groups="",resources=secrets,verbs=get;list;create;update;delete,namespace=crier-system
// +kubebuilder:rbac:groups=crier.dev,resources=suppressions,verbs=get;list;watch,namespace=crier-system
// +kubebuilder:rbac:groups=crier.dev,resources=suppressions/status,verbs=get;patch,namespace=crier-system
// +kubebuilder:rbac:groups="",resources=configmaps,verbs=get,namespace=crier-system
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch,namespace=crier-system
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch

// Reconcile makes the stored addresses follow a Suppression.
func (r *Reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	object := &crier.Suppression{}
	if err := intact.Reader(r.Reader).Get(ctx, req.NamespacedName, object); err != nil {
		if apierrors.IsNotFound(err) {
			return ctrl.Result{}, r.forget(ctx, req.NamespacedName)
		}
		return reconcile.Unread(ctx, r.Client, r.Recorder, object, r.Clock.Now(), err)
	}
	if wait := r.reads.wait(req.NamespacedName, r.Clock.Now(), r.Settle); wait > 0 {
		return ctrl.Result{RequeueAfter: wait}, nil
	}
	s := &scope{Reconciler: r, object: object.DeepCopy(), previous: object.Status, now: r.Clock.Now()}
	verdict, err := reconcile.Run(ctx, s.permit, s.read, s.store, s.conclude)
	s.applyVerdict(verdict)
	result, err := reconcile.Write(ctx, r.Client, r.Recorder, reconcile.Outcome{
		Object: s.object, Before: s.previous.Conditions, Verdict: verdict, Err: err,
		Unchanged: equality.Semantic.DeepEqual(s.object.Status, s.previous), // it wasn't read from a cache
	})
	if err != nil {
		return result, err
	}
	return result, s.tidy(ctx)
}

func (r *Reconciler) rosters() *rosterstore.Store {
	return &rosterstore.Store{Kind: rosterstore.Suppressions, Client: r.Client, Reader: r.Reader, Namespace: r.Namespace}
}

// changes are stored beside the addresses.
func (r *Reconciler) changes() *rosterstore.Store {
	return &rosterstore.Store{Kind: rosterstore.SuppressionChanges, Client: r.Client, Reader: r.Reader, Namespace: r.Namespace}
}

// forget deletes the addresses of a Suppression that is gone. The cache may be
// behind, so the API server is asked.
func (r *Reconciler) forget(ctx context.Context, key client.ObjectKey) error {
	object := &metav1.PartialObjectMetadata{}
	object.SetGroupVersionKind(crier.GroupVersion.WithKind("Suppression"))
	if err := r.Reader.Get(ctx, key, object); !apierrors.IsNotFound(err) {
		return err
	}
	r.reads.forget(key)
	return errors.Join(r.rosters().Tidy(ctx, key), r.changes().Tidy(ctx, key))
}
