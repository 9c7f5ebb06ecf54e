package relay

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/events"
	clocktesting "k8s.io/utils/clock/testing"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/gather"
	"crier.dev/crier/internal/cluster/reconcile"
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
	*testing.T
	r      *Reconciler
	prober *counted
	clock  *clocktesting.FakePassiveClock
	relay  *crier.Relay
	told   chan string
}

// newWorld makes a Relay that logs in at a server with one user.
func newWorld(t *testing.T) (*world, *smtptest.Server) {
	settings, ca := certificate(t, "127.0.0.1")
	mail := smtptest.StartConfig(t, smtptest.Config{TLS: settings, Users: map[string]string{"crier": "hunter2"}})
	w := &world{T: t, prober: &counted{Session: Session{Guard: dialguard.Guard{AllowPrivate: true}}}, told: make(chan string, 100)}
	w.clock = clocktesting.NewFakePassiveClock(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	w.restart()
	w.relay = &crier.Relay{
		ObjectMeta: metav1.ObjectMeta{Namespace: server.Namespace(t, nil), Name: "main"},
		Spec: crier.RelaySpec{
			Host: "127.0.0.1", Port: int32(mail.Port()), BounceDomain: "bounces.example.gov",
			TLS:  crier.RelayTLS{CABundle: string(ca)},
			Auth: &crier.RelayAuth{SecretRef: &crier.LocalReference{Name: "login"}},
		},
	}
	w.create(w.relay)
	return w, mail
}

// restart is a manager that remembers nothing.
func (w *world) restart() {
	w.r = &Reconciler{
		Client: server.Client, Reader: server.Client, Namespace: apitest.OperatorNamespace,
		Clock: w.clock, Recorder: &events.FakeRecorder{Events: w.told}, Prober: w.prober,
	}
}

func (w *world) create(obj client.Object) {
	w.Helper()
	if err := server.Client.Create(w.Context(), obj); err != nil {
		w.Fatal(err)
	}
}

func (w *world) login(password string) *corev1.Secret {
	w.Helper()
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.relay.Namespace, Name: "login", Labels: map[string]string{crier.LabelUse: crier.UseRelay}},
		StringData: map[string]string{gather.UsernameKey: "crier", gather.PasswordKey: password},
	}
	w.create(secret)
	return secret
}

func (w *world) update(obj client.Object) {
	w.Helper()
	if err := server.Client.Update(w.Context(), obj); err != nil {
		w.Fatal(err)
	}
}

// step reconciles once, checks the conditions, the reason, and how many
// probes there were so far.
func (w *world) step(reason, message string, probes int) ctrl.Result {
	w.Helper()
	key := client.ObjectKeyFromObject(w.relay)
	result, err := w.r.Reconcile(w.Context(), ctrl.Request{NamespacedName: key})
	if err != nil {
		w.Fatal(err)
	}
	if err := server.Client.Get(w.Context(), key, w.relay); err != nil {
		w.Fatal(err)
	}
	status := w.relay.Status
	if err := reconcile.Check(status.Conditions, status.ObservedGeneration, w.relay.Generation); err != nil {
		w.Fatal(err)
	}
	c := meta.FindStatusCondition(status.Conditions, crier.ConditionReady)
	if c.Reason != reason || !strings.Contains(c.Message, message) {
		w.Fatalf("got %s %q, want %s with %q", c.Reason, c.Message, reason, message)
	}
	if w.prober.probes != probes {
		w.Fatalf("%d probes, want %d", w.prober.probes, probes)
	}
	if strings.Contains(fmt.Sprint(status), "hunter2") {
		w.Fatalf("the password shows: %+v", status)
	}
	return result
}

func TestProbeIsAnnouncedOnce(t *testing.T) {
	w, _ := newWorld(t)
	w.login("hunter2")
	var reasons []string
	w.prober.during = func() {
		relay := &crier.Relay{}
		if err := server.Client.Get(t.Context(), client.ObjectKeyFromObject(w.relay), relay); err != nil {
			t.Fatal(err)
		}
		c := meta.FindStatusCondition(relay.Status.Conditions, crier.ConditionReady)
		reasons = append(reasons, c.Reason)
	}
	w.step(crier.ReasonRelayReachable, "took the login", 1)
	w.clock.SetTime(w.clock.Now().Add(DefaultProbeInterval))
	w.step(crier.ReasonRelayReachable, "took the login", 2)
	want := []string{crier.ReasonProbePending, crier.ReasonRelayReachable}
	if !slices.Equal(reasons, want) {
		t.Errorf("shown during the probes: %v, want %v", reasons, want)
	}
}

func TestReachable(t *testing.T) {
	w, mail := newWorld(t)
	w.login("hunter2")
	if r := w.step(crier.ReasonRelayReachable, "took the login", 1); r.RequeueAfter != DefaultProbeInterval {
		t.Errorf("again after %s", r.RequeueAfter)
	}
	s := w.relay.Status
	if s.MaxMessageBytes == 0 || len(s.Capabilities) == 0 || s.Probe.Reason != crier.ReasonRelayReachable {
		t.Errorf("status %+v", s)
	}
	if told := <-w.told; !strings.HasPrefix(told, "Normal Reachable ") {
		t.Errorf("event %q", told)
	}

	// The same settings are not probed again before their time.
	w.clock.SetTime(w.clock.Now().Add(time.Minute))
	if r := w.step(crier.ReasonRelayReachable, "", 1); r.RequeueAfter != DefaultProbeInterval-time.Minute {
		t.Errorf("again after %s", r.RequeueAfter)
	}
	// Nor by a manager that was started anew.
	w.restart()
	w.step(crier.ReasonRelayReachable, "", 1)
	w.clock.SetTime(w.clock.Now().Add(DefaultProbeInterval))
	w.step(crier.ReasonRelayReachable, "", 2)

	// A change of the settings is probed at once.
	w.relay.Spec.HeloName = "crier.example.gov"
	w.update(w.relay)
	w.step(crier.ReasonRelayReachable, "", 3)

	// One of limits or grants is none of the connection.
	w.relay.Spec.Limits.MaxConnections = 3
	w.update(w.relay)
	w.step(crier.ReasonRelayReachable, "", 3)

	mail.Close()
	w.clock.SetTime(w.clock.Now().Add(DefaultProbeInterval))
	w.step(crier.ReasonRelayUnreachable, "is refused", 4)
	if len(w.relay.Status.Capabilities) == 0 {
		t.Error("what the server can do is forgotten while it is away")
	}
}

// A server locks the account after a few refused logins.
func TestRefusedCredentialsAreNotTriedAgain(t *testing.T) {
	w, _ := newWorld(t)
	secret := w.login("wrong")
	if r := w.step(crier.ReasonAuthenticationFailed, "refused user name or password", 1); r.RequeueAfter != 0 {
		t.Errorf("again after %s", r.RequeueAfter)
	}
	if told := <-w.told; !strings.HasPrefix(told, "Warning AuthenticationFailed ") {
		t.Errorf("event %q", told)
	}
	w.clock.SetTime(w.clock.Now().Add(24 * time.Hour))
	w.step(crier.ReasonAuthenticationFailed, "", 1)
	w.restart()
	w.step(crier.ReasonAuthenticationFailed, "", 1)

	secret.StringData = map[string]string{gather.PasswordKey: "hunter2"}
	w.update(secret)
	w.step(crier.ReasonRelayReachable, "", 2)
}

// Neither a wiped status nor a cache that is behind leads to another login.
func TestWipedStatusIsNoReasonToLogInAgain(t *testing.T) {
	w, _ := newWorld(t)
	w.login("wrong")
	w.step(crier.ReasonAuthenticationFailed, "", 1)
	w.relay.Status = crier.RelayStatus{}
	if err := server.Client.Status().Update(t.Context(), w.relay); err != nil {
		t.Fatal(err)
	}
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
	if len(w.told) != 0 {
		t.Errorf("event %q of a status that isn't written", <-w.told)
	}
	w.r.Client = server.Client
	w.step(crier.ReasonAuthenticationFailed, "", 1)
}

func TestCredentials(t *testing.T) {
	w, mail := newWorld(t)
	w.step(crier.ReasonCredentialsMissing, "There is no Secret login", 0)
	secret := w.login("hunter2")

	secret.Labels = nil
	w.update(secret)
	w.step(crier.ReasonSecretNotLabeled, "kubectl label secret login -n "+w.relay.Namespace+" crier.dev/use=relay", 0)

	secret.Labels = map[string]string{crier.LabelUse: crier.UseRelay}
	secret.Data = map[string][]byte{gather.UsernameKey: []byte("crier")}
	w.update(secret)
	w.step(crier.ReasonCredentialsMissing, "Secret login has no password", 0)

	secret.Data[gather.PasswordKey] = []byte("hunter2\n")
	w.update(secret)
	w.step(crier.ReasonCredentialsMissing, "has a line break", 0)

	if n := mail.Stats().Connections; n != 0 {
		t.Errorf("%d connections without credentials", n)
	}
	secret.Data[gather.PasswordKey] = []byte("hunter2")
	w.update(secret)
	w.step(crier.ReasonRelayReachable, "", 1)
}

func TestCertificates(t *testing.T) {
	w, _ := newWorld(t)
	w.login("hunter2")
	ca := w.relay.Spec.TLS.CABundle
	w.relay.Spec.TLS.CABundle = "hello"
	w.update(w.relay)
	w.step(crier.ReasonInvalidCertificate, "tls.caBundle holds no certificate", 0)

	w.relay.Spec.TLS.CABundle = ca
	w.relay.Spec.TLS.ClientCertificateSecretRef = &crier.LocalReference{Name: "client"}
	w.update(w.relay)
	w.create(&corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.relay.Namespace, Name: "client", Labels: map[string]string{crier.LabelUse: crier.UseRelay}},
		Data:       map[string][]byte{corev1.TLSCertKey: []byte("hunter2"), corev1.TLSPrivateKeyKey: []byte("hunter2")},
	})
	w.step(crier.ReasonInvalidCertificate, "no certificate and key in PEM", 0)
}

func TestSettings(t *testing.T) {
	w, _ := newWorld(t)
	secret := w.login("hunter2")
	get := func() handout.Relay {
		t.Helper()
		c, verdict, err := gather.RelaySettings(t.Context(), server.Client, w.relay)
		if err != nil || verdict != nil {
			t.Fatal(verdict, err)
		}
		return c
	}
	c := get()
	if c.Username != "crier" || c.Password != "hunter2" || c.HELO != "bounces.example.gov" || c.TLS != "StartTLS" ||
		c.Auth != "Auto" || c.MessagesPerConnection != 100 || c.Allowed {
		t.Errorf("settings %+v", c)
	}
	secret.StringData = map[string]string{gather.PasswordKey: "another"}
	w.update(secret)
	if get().Version == c.Version {
		t.Error("another password, the same version")
	}
}
