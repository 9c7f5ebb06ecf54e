// Package subscriberset reads subscribers from where users keep them and
// stores them as a roster that Broadcasts plan with.
package subscriberset

import (
	"context"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/gather"
	"crier.dev/crier/internal/cluster/intact"
	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/cluster/rosterstore"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/recipients/source"
	"crier.dev/crier/internal/recipients/source/collect"
	"crier.dev/crier/internal/recipients/source/kinds"
	"crier.dev/crier/internal/smtp/dialguard"
)

// Reconciler keeps the rosters of SubscriberSets.
type Reconciler struct {
	// Client reads from the cache: SubscriberSets only.
	Client client.Client
	// Reader asks the API server: ConfigMaps, Secrets and rosters, which are
	// too large or too secret for a cache, and the status that says when a
	// source was read last.
	Reader client.Reader
	// Namespace of the operator, where rosters are stored.
	Namespace string
	// Guard says which servers a source may have.
	Guard    dialguard.Guard
	Clock    clock.PassiveClock
	Recorder events.EventRecorder
	// Sources makes a source of a spec; nil for all that there are.
	Sources func(crier.SubscriberSource) source.Source

	slots  slots
	limits roster.Limits // of a set; zero for the usual ones
}

// scope is one Reconcile of one set.
type scope struct {
	*Reconciler

	set *crier.SubscriberSet
	// previous status, as it was read.
	previous crier.SubscriberSetStatus

	source source.Source
	inputs gather.Inputs
	parts  *rosterstore.Parts // of rosters that are stored
	// whole says that all parts of the roster in use are stored, current that
	// it was read with the present spec as well.
	whole, current bool
	give           func() // a place among the reads back; nil while none is taken

	problem  *source.Problem // of a source in the cluster
	sink     *collect.Sink
	mark     source.Mark
	result   roster.Result
	fresh    bool // result is what is in use
	change   roster.Difference
	accepted string // value of the annotation that let result through
	count    int32  // parts that result was stored in
}

func (s *scope) remote() bool { return s.source.Remote() }

func (s *scope) now() metav1.Time { return metav1.NewTime(s.Clock.Now()) }

// +kubebuilder:rbac:groups=crier.dev,resources=subscribersets,verbs=get;list;watch
// +kubebuilder:rbac:groups=crier.dev,resources=subscribersets/status,verbs=get;patch
// +kubebuilder:rbac:groups="",resources=configmaps;secrets,verbs=get;list;watch
// +kubebuilder:rbac:groups="",resources=secrets,verbs=get;list;create;delete,namespace=crier-system
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch

// Reconcile makes the roster of a set follow its source.
func (r *Reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	set := &crier.SubscriberSet{}
	if err := intact.Reader(r.Reader).Get(ctx, req.NamespacedName, set); err != nil {
		if apierrors.IsNotFound(err) {
			return ctrl.Result{}, r.forget(ctx, req.NamespacedName)
		}
		return reconcile.Unread(ctx, r.Client, r.Recorder, set, r.Clock.Now(), err)
	}
	s := &scope{Reconciler: r, set: set, previous: *set.Status.DeepCopy()}
	s.source = r.sourceOf(set)
	defer func() {
		if s.give != nil {
			s.give()
		}
	}()
	verdict, err := reconcile.Run(ctx, s.look, s.wait, s.read, s.judge, s.store, s.conclude)
	if err != nil && s.give != nil && s.remote() {
		// Without this a server would be asked again at once.
		s.attempted(crier.ReasonInternal, verdict.Message, 0)
	}
	s.applyVerdict(verdict)
	result, err := reconcile.Write(ctx, r.Client, r.Recorder, reconcile.Outcome{
		Object: s.set, Before: s.previous.Conditions, Verdict: verdict, Err: err,
		Unchanged: equality.Semantic.DeepEqual(s.set.Status, s.previous), // it wasn't read from a cache
	})
	if err != nil {
		return result, err
	}
	s.announce()
	return result, s.tidy(ctx)
}

func (r *Reconciler) sourceOf(set *crier.SubscriberSet) source.Source {
	if r.Sources != nil {
		return r.Sources(set.Spec.Source)
	}
	return kinds.New(set.Spec.Source)
}
