// Package relay finds out whether a Relay can be used: it connects, secures
// the connection and logs in, now and then, and says what came of it.
package relay

import (
	"context"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/intact"
	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/delivery/handout"
	"crier.dev/crier/internal/smtp/transport"
)

// DefaultProbeInterval is how long a finding holds for the same settings.
const DefaultProbeInterval = 5 * time.Minute

// Finding is what a probe saw.
type Finding struct {
	// Failure is nil when the login, or without one the greeting, succeeded.
	Failure *transport.Failure
	// Dial is the error of the network, where it came that far only.
	Dial error
	// Capabilities are EHLO keywords; Size is the announced limit in octets.
	Capabilities []string
	Size         int64
}

// Prober opens one session and closes it.
type Prober interface {
	Probe(ctx context.Context, c handout.Relay) Finding
}

// Reconciler keeps the status of Relays.
type Reconciler struct {
	// Client reads from the cache: Relays only.
	Client client.Client
	// Reader asks the API server, for Secrets.
	Reader client.Reader
	// Namespace of the operator.
	Namespace string
	Clock     clock.PassiveClock
	Recorder  events.EventRecorder
	Prober    Prober
	// ProbeInterval is DefaultProbeInterval if 0.
	ProbeInterval time.Duration
	// DNS is asked for the public halves of DKIM keys; nil for not at all.
	DNS TXTResolver

	recent memory
	asked  answers
}

// scope is one Reconcile of one Relay.
type scope struct {
	*Reconciler
	relay *crier.Relay
	// previous status, as it was read.
	previous crier.RelayStatus
	settings handout.Relay
}

// +kubebuilder:rbac:groups=crier.dev,resources=relays,verbs=get;list;watch
// +kubebuilder:rbac:groups=crier.dev,resources=relays/status,verbs=get;patch
// +kubebuilder:rbac:groups="",resources=secrets,verbs=get;list;watch
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch

// Reconcile probes a Relay when that is due.
func (r *Reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	relay := &crier.Relay{}
	if err := intact.Client(r.Client).Get(ctx, req.NamespacedName, relay); err != nil {
		if apierrors.IsNotFound(err) {
			r.recent.forget(req.NamespacedName)
			r.asked.forget(req.NamespacedName)
		}
		return reconcile.Unread(ctx, r.Client, r.Recorder, relay, r.Clock.Now(), err)
	}
	s := &scope{Reconciler: r, relay: relay.DeepCopy(), previous: relay.Status}
	verdict, err := reconcile.Run(ctx, s.connect, s.recall, s.announce, s.probe)
	s.applyVerdict(verdict)
	result, err := reconcile.Write(ctx, r.Client, r.Recorder, reconcile.Outcome{
		Object: s.relay, Before: s.previous.Conditions, Verdict: verdict, Err: err,
	})
	if err != nil {
		return result, err
	}
	return s.askDNS(ctx, result)
}
