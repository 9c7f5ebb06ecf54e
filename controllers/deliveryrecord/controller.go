// Package deliveryrecord carries out what a record says: it starts passes of
// sender pods, watches over their claims, rolls up their outcomes, stops
// them, and sees that each report is mailed once. It never decides who gets
// a message; that was frozen before.
package deliveryrecord

import (
	"context"
	"errors"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/gather"
	"crier.dev/crier/internal/cluster/heart"
	"crier.dev/crier/internal/cluster/intact"
	"crier.dev/crier/internal/cluster/ledgerstore"
	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/cluster/reporting"
	"crier.dev/crier/internal/cluster/sharebook"
	"crier.dev/crier/internal/delivery/handout"
	"crier.dev/crier/internal/readable"
)

// Reconciler carries out records.
type Reconciler struct {
	// Client reads from the cache and writes.
	Client client.Client
	// Reader asks the API server: nothing about mail is decided on a cache.
	Reader client.Reader
	Store  *ledgerstore.Store
	// Reporter freezes report mails.
	Reporter *reporting.Reporter
	// Namespace of the operator, where senders run.
	Namespace string
	// Image and PullPolicy of sender pods: the manager's own.
	Image      string
	PullPolicy corev1.PullPolicy
	// PullSecrets of the operator's namespace.
	PullSecrets []string
	// AllowPrivateRelays lets senders connect to loopback and link-local addresses.
	AllowPrivateRelays bool
	// Hold starts nothing at all.
	Hold bool
	// Heart says what may have been sent without the ledger knowing of it.
	Heart *heart.Keeper
	Clock clock.PassiveClock

	kept keepsakes
	seen ledgerstore.Seen
	// lagging is about suppressions that are being read.
	lagging lagging
	// suppressions of all namespaces that are sent from.
	suppressions gather.Memory
}

// The times after which a record is looked at again.
const (
	whileSending = 3 * time.Second
	whileWaiting = 30 * time.Second
)

// scope is one Reconcile of one record.
type scope struct {
	*Reconciler
	// Client and Reader give nothing that can't be read, and don't write it.
	Client client.Client
	Reader client.Reader

	record *crier.DeliveryRecord
	state  *crier.DeliveryRecordState
	// before is the state as it was read or last written.
	before *crier.DeliveryRecordState

	broadcast *crier.Broadcast
	// unreadable says what of the Broadcast can't be read.
	unreadable string
	relay      *crier.Relay
	refusal    string
	notReady   string
	lost       string
	stale      string
	settings   handout.Relay
	sheet      *sharebook.Sheet
	marks      string // version of what senders must know of suppressions
	board      *corev1.Secret
	boardRead  bool
	shards     []crier.DeliveryShard
	gone       []int32 // shards, by index, whose recipients' addresses are
	pods       []corev1.Pod
	ended      map[string]bool // UIDs of pods whose containers have
	now        time.Time
}

// phase does its part. done ends the reconcile; after says when to look again.
type phase func(ctx context.Context) (done bool, after time.Duration, err error)

// +kubebuilder:rbac:groups=crier.dev,resources=deliveryrecords,verbs=get;list;watch;create;update;delete
// +kubebuilder:rbac:groups=crier.dev,resources=broadcasts;relays;suppressions,verbs=get;list;watch
// +kubebuilder:rbac:groups="",resources=namespaces,verbs=get;list;watch
// +kubebuilder:rbac:groups=crier.dev,resources=deliveryshards,verbs=get;list;create;update;delete,namespace=crier-system
// +kubebuilder:rbac:groups="",resources=secrets,verbs=get;list;create;update;delete,namespace=crier-system
// +kubebuilder:rbac:groups="",resources=pods,verbs=get;list,namespace=crier-system
// +kubebuilder:rbac:groups="",resources=serviceaccounts,verbs=create;delete,namespace=crier-system
// +kubebuilder:rbac:groups=rbac.authorization.k8s.io,resources=roles;rolebindings,verbs=create;delete,namespace=crier-system
// +kubebuilder:rbac:groups=coordination.k8s.io,resources=leases,resourceNames=crier-ledger,verbs=get;update,namespace=crier-system
// +kubebuilder:rbac:groups=coordination.k8s.io,resources=leases,verbs=create,namespace=crier-system
// +kubebuilder:rbac:groups=batch,resources=jobs,verbs=get;list;watch;create;delete,namespace=crier-system

// Reconcile carries out one record as far as it can now.
func (r *Reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	if after, rests := r.rests(ctx, req.Name); rests {
		return ctrl.Result{RequeueAfter: after}, nil
	}
	record := &crier.DeliveryRecord{}
	if err := intact.Reader(r.Reader).Get(ctx, req.NamespacedName, record); err != nil {
		var unreadable *readable.Error
		if errors.As(err, &unreadable) {
			// Nothing is known for certain, so nothing is done: neither sent,
			// nor written, nor cleaned up. An edit brings it back here.
			reconcile.Log(ctx, unreadable)
			return ctrl.Result{}, nil
		}
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	now := r.Clock.Now()
	s := &scope{
		Reconciler: r, Client: r.seen.Through(ledgerstore.Counting(intact.Client(r.Client)), now), Reader: intact.Reader(r.Reader),
		record: record, state: &record.State, before: record.State.DeepCopy(), now: now,
	}
	r.seen.Record(record, s.now)
	phases := []phase{s.look, s.report, s.retire, s.rollUp, s.obeyStop, s.endPass, s.startPass, s.createJobs}
	for _, phase := range phases {
		done, after, err := phase(ctx)
		if apierrors.IsConflict(err) || apierrors.IsAlreadyExists(err) {
			return ctrl.Result{RequeueAfter: time.Second}, nil // somebody else wrote: look again
		}
		if err != nil {
			return ctrl.Result{}, err
		}
		if done {
			return ctrl.Result{RequeueAfter: after}, s.save(ctx)
		}
	}
	return ctrl.Result{RequeueAfter: whileSending}, s.save(ctx)
}
