package relay

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/gather"
	"crier.dev/crier/internal/cluster/watch"
	"crier.dev/crier/internal/delivery/handout"
	"crier.dev/crier/internal/smtp/dialguard"
	"crier.dev/crier/internal/testing/apitest"
	"crier.dev/crier/internal/testing/smtptest"
)

var server *apitest.Server

func TestMain(m *testing.M) { os.Exit(apitest.Main(m, &server)) }

// counted is a real prober that counts.
type counted struct {
	Session
	probes int
	// during is called while a probe is under way.
	during func()
}

func (c *counted) Probe(ctx context.Context, conn handout.Relay) Finding {
	c.probes++
	if c.during != nil {
		c.during()
	}
	return c.Session.Probe(ctx, conn)
}

type world struct {
	*apitest.World
	r      *Reconciler
	prober *counted
	relay  *crier.Relay
}

// newWorld makes a Relay that logs in at a server with one user.
func newWorld(t *testing.T) (*world, *smtptest.Server) {
	server.Index(&crier.Relay{}, watch.IndexUses, byUses)
	settings, ca := certificate(t, "127.0.0.1")
	mail := smtptest.StartConfig(t, smtptest.Config{TLS: settings, Users: map[string]string{"crier": "hunter2"}})
	w := &world{World: server.NewWorld(t), prober: &counted{Session: Session{Guard: dialguard.Guard{AllowPrivate: true}}}}
	w.Never = []string{"hunter2"}
	w.restart()
	w.relay = w.Relay()
	w.relay.Spec = crier.RelaySpec{
		Host: "127.0.0.1", Port: int32(mail.Port()), BounceDomain: "bounces.example.gov",
		TLS:  crier.RelayTLS{CABundle: string(ca)},
		Auth: &crier.RelayAuth{SecretRef: &crier.LocalReference{Name: "login"}},
	}
	w.Create(w.relay)
	return w, mail
}

// restart is a manager that remembers nothing.
func (w *world) restart() {
	w.r = &Reconciler{
		Client: server.Client, Reader: server.Client, Namespace: apitest.OperatorNamespace,
		Clock: w.Clock, Recorder: w.Recorder(), Prober: w.prober,
	}
}

func (w *world) login(password string) *corev1.Secret {
	w.Helper()
	secret := w.Secret("login", crier.UseRelay, map[string]string{gather.UsernameKey: "crier", gather.PasswordKey: password})
	w.Create(secret)
	return secret
}

// step reconciles once, and checks the reason and how many probes there were
// so far.
func (w *world) step(reason, message string, probes int) ctrl.Result {
	w.Helper()
	result := w.Step(w.r, w.relay)
	w.Expect(w.relay, reason, message)
	if w.prober.probes != probes {
		w.Fatalf("%d probes, want %d", w.prober.probes, probes)
	}
	return result
}

func TestProbeIsAnnouncedOnce(t *testing.T) {
	w, _ := newWorld(t)
	w.login("hunter2")
	var reasons []string
	w.prober.during = func() {
		reasons = append(reasons, w.Ready(apitest.Get(w, "main", &crier.Relay{})).Reason)
	}
	w.step(crier.ReasonRelayReachable, "accepted the login", 1)
	w.Advance(DefaultProbeInterval)
	w.step(crier.ReasonRelayReachable, "accepted the login", 2)
	want := []string{crier.ReasonProbePending, crier.ReasonRelayReachable}
	if !slices.Equal(reasons, want) {
		t.Errorf("shown during the probes: %v, want %v", reasons, want)
	}
}

func TestReachable(t *testing.T) {
	w, mail := newWorld(t)
	w.login("hunter2")
	if r := w.step(crier.ReasonRelayReachable, "accepted the login", 1); r.RequeueAfter != DefaultProbeInterval {
		t.Errorf("again after %s", r.RequeueAfter)
	}
	s := w.relay.Status
	if s.MaxMessageBytes == 0 || len(s.Capabilities) == 0 || s.Probe.Reason != crier.ReasonRelayReachable {
		t.Errorf("status %+v", s)
	}
	if told := <-w.Events; !strings.HasPrefix(told, "Normal Reachable ") {
		t.Errorf("event %q", told)
	}

	// The same settings are not probed again before their time.
	w.Advance(time.Minute)
	if r := w.step(crier.ReasonRelayReachable, "", 1); r.RequeueAfter != DefaultProbeInterval-time.Minute {
		t.Errorf("again after %s", r.RequeueAfter)
	}
	// Nor by a manager that was started anew.
	w.restart()
	w.step(crier.ReasonRelayReachable, "", 1)
	w.Advance(DefaultProbeInterval)
	w.step(crier.ReasonRelayReachable, "", 2)

	// A change of the settings is probed at once.
	w.relay.Spec.HeloName = "crier.example.gov"
	w.Update(w.relay)
	w.step(crier.ReasonRelayReachable, "", 3)

	// One of limits or grants is none of the connection.
	w.relay.Spec.Limits.MaxConnections = 3
	w.Update(w.relay)
	w.step(crier.ReasonRelayReachable, "", 3)

	mail.Close()
	w.Advance(DefaultProbeInterval)
	w.step(crier.ReasonRelayUnreachable, "is refused", 4)
	if len(w.relay.Status.Capabilities) == 0 {
		t.Error("what the server can do is forgotten while it is away")
	}
}

// A server locks the account after a few refused logins.
func TestRefusedCredentialsAreNotTriedAgain(t *testing.T) {
	w, _ := newWorld(t)
	secret := w.login("wrong")
	if r := w.step(crier.ReasonAuthenticationFailed, "refused the user name or password", 1); r.RequeueAfter != 0 {
		t.Errorf("again after %s", r.RequeueAfter)
	}
	if told := <-w.Events; !strings.HasPrefix(told, "Warning AuthenticationFailed ") {
		t.Errorf("event %q", told)
	}
	w.Advance(24 * time.Hour)
	w.step(crier.ReasonAuthenticationFailed, "", 1)
	w.restart()
	w.step(crier.ReasonAuthenticationFailed, "", 1)

	secret.StringData = map[string]string{gather.PasswordKey: "hunter2"}
	w.Update(secret)
	w.step(crier.ReasonRelayReachable, "", 2)
}

// Neither a wiped status nor a cache that is behind leads to another login.
func TestWipedStatusIsNoReasonToLogInAgain(t *testing.T) {
	w, _ := newWorld(t)
	w.login("wrong")
	w.step(crier.ReasonAuthenticationFailed, "", 1)
	w.relay.Status = crier.RelayStatus{}
	w.UpdateStatus(w.relay)
	w.step(crier.ReasonAuthenticationFailed, "", 1)
}

// away is a client whose status writes fail.
type away struct{ client.Client }

func (away) Status() client.SubResourceWriter { return unwritten{} }

type unwritten struct{ client.SubResourceWriter }

func (unwritten) Apply(context.Context, runtime.ApplyConfiguration, ...client.SubResourceApplyOption) error {
	return errors.New("the API server is away")
}

func TestUnwrittenStatusIsNoReasonToLogInAgain(t *testing.T) {
	w, _ := newWorld(t)
	w.login("wrong")
	w.r.Client = away{server.Client}
	for range 3 {
		if _, err := w.r.Reconcile(t.Context(), ctrl.Request{NamespacedName: client.ObjectKeyFromObject(w.relay)}); err == nil {
			t.Error("an unwritten status is no error")
		}
	}
	if len(w.Events) != 0 {
		t.Errorf("event %q of a status that isn't written", <-w.Events)
	}
	w.r.Client = server.Client
	w.step(crier.ReasonAuthenticationFailed, "", 1)
}

func TestCredentials(t *testing.T) {
	w, mail := newWorld(t)
	w.step(crier.ReasonCredentialsMissing, "There is no Secret login", 0)
	secret := w.login("hunter2")

	secret.Labels = nil
	w.Update(secret)
	w.step(crier.ReasonSecretNotLabeled, "kubectl label secret login -n "+w.NS+" crier.dev/use=relay", 0)

	secret.Labels = map[string]string{crier.LabelUse: crier.UseRelay}
	secret.Data = map[string][]byte{gather.UsernameKey: []byte("crier")}
	w.Update(secret)
	w.step(crier.ReasonCredentialsMissing, "Secret login has no password", 0)

	secret.Data[gather.PasswordKey] = []byte("hunter2\n")
	w.Update(secret)
	w.step(crier.ReasonCredentialsMissing, "has a line break", 0)

	if n := mail.Stats().Connections; n != 0 {
		t.Errorf("%d connections without credentials", n)
	}
	secret.Data[gather.PasswordKey] = []byte("hunter2")
	w.Update(secret)
	w.step(crier.ReasonRelayReachable, "", 1)
}

func TestCertificates(t *testing.T) {
	w, _ := newWorld(t)
	w.login("hunter2")
	ca := w.relay.Spec.TLS.CABundle
	w.relay.Spec.TLS.CABundle = "hello"
	w.Update(w.relay)
	w.step(crier.ReasonInvalidCertificate, "tls.caBundle has no certificate", 0)

	w.relay.Spec.TLS.CABundle = ca
	w.relay.Spec.TLS.ClientCertificateSecretRef = &crier.LocalReference{Name: "client"}
	w.Update(w.relay)
	w.Create(w.Secret("client", crier.UseRelay, map[string]string{corev1.TLSCertKey: "hunter2", corev1.TLSPrivateKeyKey: "hunter2"}))
	w.step(crier.ReasonInvalidCertificate, "are not a certificate and its key in PEM", 0)
}
