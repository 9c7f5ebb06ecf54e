// Package broadcast takes a Broadcast from its manifest to the moment when
// everything about it is frozen in the ledger, and from then on shows what
// the ledger says. It is the record that is obeyed, never the status.
package broadcast

import (
	"context"
	"errors"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/tools/events"
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
	"crier.dev/crier/internal/writing/layout"
	"crier.dev/crier/internal/writing/message"
)

// Reconciler carries Broadcasts.
type Reconciler struct {
	// Client finds things in the cache, and writes.
	Client client.Client
	// Reader asks the API server, for all that isn't only found: the cache has
	// no contents.
	Reader   client.Reader
	Store    *ledgerstore.Store
	Reporter *reporting.Reporter
	// Namespace of the operator.
	Namespace string
	// ReportRetention is how long rows of a report are kept after the end; 0 for
	// as long as the Broadcast.
	ReportRetention time.Duration
	// Hold accepts everything and sends nothing.
	Hold bool
	// Heart says what may have been sent without the ledger knowing of it.
	Heart    *heart.Keeper
	Clock    clock.PassiveClock
	Recorder events.EventRecorder

	selections selections
	seen       ledgerstore.Seen
	// suppressions of all namespaces that are sent from.
	suppressions gather.Memory
	plans        plans
	delays       delays
	patience     patience
}

// scope is one Reconcile of one Broadcast.
type scope struct {
	*Reconciler
	// Client and Reader give nothing that can't be read, and don't write it.
	Client client.Client
	Reader client.Reader

	broadcast *crier.Broadcast
	previous  crier.BroadcastStatus
	now       time.Time
	hash      string
	deadline  time.Time

	record    *crier.DeliveryRecord // nil until it is known that the lists may be sent to
	namespace string                // UID of the namespace
	adopted   bool                  // from a namespace that was created again
	template  *layout.Template      // nil for none
	lists     []*crier.MailingList
	list      *crier.MailingList // the first, which leads
	relay     *crier.Relay
	granted   crier.RelayGrant
	reaches   []reach               // of each list
	sets      []crier.SubscriberSet // of all lists, each once
	files     []message.Attachment
	// suppressed are the suppressions that apply.
	suppressed *gather.Suppressions
	planned    plan
	content    []layout.Result // of each list, as it was assembled
	frozen     message.Frozen  // as it would be written now, without a key
	composer   *message.Composer
	// testAt is when a test copy may be made that had to wait; zero for none.
	testAt time.Time
	// unwritable is why there is no composer.
	unwritable error
}

// +kubebuilder:rbac:groups=crier.dev,resources=broadcasts;mailinglists;messagetemplates;subscribersets;relays,verbs=get;list;watch
// +kubebuilder:rbac:groups=crier.dev,resources=broadcasts/status,verbs=get;patch
// +kubebuilder:rbac:groups="",resources=namespaces,verbs=get;list;watch
// +kubebuilder:rbac:groups="",resources=configmaps,verbs=get;list;watch;create;patch;delete
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch
// +kubebuilder:rbac:groups=apiextensions.k8s.io,resources=customresourcedefinitions,resourceNames=deliveryrecords.crier.dev,verbs=get

// Reconcile brings one Broadcast as far as it can get now.
func (r *Reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	broadcast := &crier.Broadcast{}
	if err := intact.Reader(r.Reader).Get(ctx, req.NamespacedName, broadcast); err != nil {
		if apierrors.IsNotFound(err) {
			r.plans.forget(req.NamespacedName)
			r.patience.forget(req.NamespacedName)
		}
		return reconcile.Unread(ctx, r.Client, r.Recorder, broadcast, r.Clock.Now(), err)
	}
	if broadcast.DeletionTimestamp != nil {
		return ctrl.Result{}, nil // somebody else's finalizer holds it; to us it is gone
	}
	s := r.newScope(broadcast)
	verdict, err := reconcile.Run(ctx,
		s.identify, s.due, s.introduce, s.resend, s.follow, s.expire,
		s.findTemplate, s.afterMistakes(s.findLists), s.afterMistakes(s.findSets), s.compile, s.compileFilters,
		s.checkRelay, s.checkPriority, s.register, s.readFiles, s.findSuppressions,
		s.plan, s.compose, s.test, s.schedule, s.seal, s.freeze)
	if apierrors.IsConflict(err) || apierrors.IsAlreadyExists(err) || recordGone(err) {
		return ctrl.Result{RequeueAfter: time.Second}, nil // somebody else wrote: look again
	}
	verdict = s.notAfterDeadline(s.patiently(verdict))
	changed := s.conclude(verdict)
	result, err := reconcile.Write(ctx, r.Client, r.Recorder, reconcile.Outcome{
		Object: s.broadcast, Before: s.previous.Conditions, Verdict: verdict, Err: err, Unchanged: !changed,
	})
	if err == nil {
		s.announce()
	}
	return result, err
}

// recordGone says that a record went while it was written: one under which
// nothing was sent goes with its Broadcast, and that has just come back. Its
// name must not reach the status, which would say that it was lost.
func recordGone(err error) bool {
	var status apierrors.APIStatus
	if !apierrors.IsNotFound(err) || !errors.As(err, &status) {
		return false
	}
	details := status.Status().Details
	return details != nil && details.Group == crier.GroupVersion.Group && details.Kind == "deliveryrecords"
}

func (r *Reconciler) newScope(broadcast *crier.Broadcast) *scope {
	now := r.Clock.Now()
	s := &scope{
		Reconciler: r, Client: r.seen.Through(ledgerstore.Counting(intact.Client(r.Client)), now), Reader: intact.Reader(r.Reader),
		broadcast: broadcast.DeepCopy(), previous: broadcast.Status, now: now,
	}
	s.broadcast.Status.MessageHash = "" // until it is known what would be sent
	return s
}
