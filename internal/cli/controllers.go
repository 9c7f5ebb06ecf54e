package cli

import (
	"crypto/rand"
	"errors"
	"os"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"

	"crier.dev/crier/controllers/broadcast"
	"crier.dev/crier/controllers/deliveryrecord"
	"crier.dev/crier/controllers/mailinglist"
	"crier.dev/crier/controllers/messagetemplate"
	"crier.dev/crier/controllers/relay"
	"crier.dev/crier/controllers/relayshare"
	"crier.dev/crier/controllers/subscriberset"
	"crier.dev/crier/controllers/suppression"
	"crier.dev/crier/internal/cluster/heart"
	"crier.dev/crier/internal/cluster/ledgerstore"
	"crier.dev/crier/internal/cluster/reporting"
	"crier.dev/crier/internal/smtp/dialguard"
	"crier.dev/crier/internal/writing/message"
)

// setUpControllers registers every controller with the manager.
func setUpControllers(mgr ctrl.Manager, f managerFlags) error {
	c, reader := mgr.GetClient(), mgr.GetAPIReader()
	recorder := mgr.GetEventRecorder("crier")
	now := clock.RealClock{}
	store := &ledgerstore.Store{
		Client: c, Reader: reader, Namespace: f.namespace, Clock: now, NewID: newID, NewKey: newKey,
	}
	reporter := &reporting.Reporter{Store: store}
	beats := &heart.Keeper{
		Client: c, Reader: reader, Namespace: f.namespace, Me: managerName(), StaleAfter: f.staleAfter,
		Leads: mgr.Elected(), Clock: now,
	}
	return errors.Join(
		mgr.Add(beats),
		(&subscriberset.Reconciler{
			Client: c, Reader: reader, Namespace: f.namespace, Clock: now, Recorder: recorder,
			Guard: dialguard.Guard{AllowPrivate: f.allowLoopback, APIServer: apiServer()},
		}).SetupWithManager(mgr),
		(&relay.Reconciler{
			Client: c, Reader: reader, Namespace: f.namespace, Clock: now, Recorder: recorder,
			Prober:        relay.Session{Guard: dialguard.Guard{AllowPrivate: f.allowLoopback, APIServer: apiServer()}},
			ProbeInterval: f.probeInterval, DNS: f.resolver(),
		}).SetupWithManager(mgr),
		(&mailinglist.Reconciler{
			Client: c, Reader: reader, Namespace: f.namespace, Clock: now, Recorder: recorder,
		}).SetupWithManager(mgr),
		(&messagetemplate.Reconciler{Client: c, Reader: reader, Clock: now, Recorder: recorder}).SetupWithManager(mgr),
		(&broadcast.Reconciler{
			Client: c, Reader: reader, Store: store, Reporter: reporter, Namespace: f.namespace,
			ReportRetention: f.reportRetention, Hold: f.hold, Heart: beats, Clock: now, Recorder: recorder,
		}).SetupWithManager(mgr),
		(&deliveryrecord.Reconciler{
			Client: c, Reader: reader, Store: store, Reporter: reporter, Namespace: f.namespace,
			Image: f.image, PullPolicy: corev1.PullPolicy(f.pullPolicy), PullSecrets: f.pullSecrets,
			AllowPrivateRelays: f.allowLoopback, Hold: f.hold, Heart: beats, Clock: now,
		}).SetupWithManager(mgr),
		(&suppression.Reconciler{
			Client: c, Reader: reader, Namespace: f.namespace, Clock: now, Recorder: recorder,
			Settle: suppression.Settle,
		}).SetupWithManager(mgr),
		(&relayshare.Reconciler{Client: c, Reader: reader, Heart: beats, Namespace: f.namespace, Clock: now}).SetupWithManager(mgr),
	)
}

// newID makes the id of a freeze attempt: 50 random bits.
func newID() string { return strings.ToLower(rand.Text()[:10]) }

// newKey makes the secret of a run.
func newKey() []byte {
	key := make([]byte, message.KeySize)
	_, _ = rand.Read(key) // never fails (crypto/rand)
	return key
}

// managerName names this process for the heartbeat, and no other: a container
// that was started again is another one.
func managerName() string { return os.Getenv("POD_NAME") + "_" + rand.Text() }

// apiServer is the address that pods know the API server by.
func apiServer() string { return os.Getenv("KUBERNETES_SERVICE_HOST") }
