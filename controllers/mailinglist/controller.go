// Package mailinglist finds out whether a list can be sent to: whether its
// address is its own, its author may use the Relay, and its sets are whole.
package mailinglist

import (
	"context"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/gather"
	"crier.dev/crier/internal/cluster/intact"
	"crier.dev/crier/internal/cluster/reconcile"
)

// Reconciler keeps the status of MailingLists.
type Reconciler struct {
	// Client reads from the cache: lists with the index IndexListID,
	// SubscriberSets, Relays, and metadata of Namespaces.
	Client client.Client
	// Reader asks the API server.
	Reader client.Reader
	// Namespace of the operator.
	Namespace string
	Clock     clock.PassiveClock
	Recorder  events.EventRecorder
}

// scope is one Reconcile of one list.
type scope struct {
	*Reconciler
	list *crier.MailingList
	// previous status, as it was read.
	previous crier.MailingListStatus
	// members are the sets of the list, excluded those of audience.exclude.
	members, excluded gather.Selection
	relay             *crier.Relay
}

// +kubebuilder:rbac:groups=crier.dev,resources=mailinglists,verbs=get;list;watch
// +kubebuilder:rbac:groups=crier.dev,resources=mailinglists/status,verbs=get;patch
// +kubebuilder:rbac:groups=crier.dev,resources=subscribersets;relays,verbs=get;list;watch
// +kubebuilder:rbac:groups="",resources=namespaces,verbs=get;list;watch
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch

// Reconcile makes the status of a list follow it and what it refers to.
func (r *Reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	list := &crier.MailingList{}
	if err := intact.Client(r.Client).Get(ctx, req.NamespacedName, list); err != nil {
		return reconcile.Unread(ctx, r.Client, r.Recorder, list, r.Clock.Now(), err)
	}
	s := &scope{Reconciler: r, list: list.DeepCopy(), previous: list.Status}
	verdict, err := reconcile.Run(ctx, s.check, s.gather, s.route, s.claim, s.connect, s.filter, s.audience)
	s.applyVerdict(verdict)
	return reconcile.Write(ctx, r.Client, r.Recorder, reconcile.Outcome{
		Object: s.list, Before: s.previous.Conditions, Verdict: verdict, Err: err,
		Unchanged: equality.Semantic.DeepEqual(s.list.Status, s.previous),
	})
}
