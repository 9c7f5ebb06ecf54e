package controllers_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/config"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/controllers/mailinglist"
	"crier.dev/crier/controllers/relay"
	"crier.dev/crier/controllers/subscriberset"
	"crier.dev/crier/internal/cluster/gather"
	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/delivery/handout"
	"crier.dev/crier/internal/testing/apitest"
)

var server *apitest.Server

func TestMain(m *testing.M) { os.Exit(apitest.Main(m, &server)) }

// reachable is a relay that always answers.
type reachable struct{}

func (reachable) Probe(context.Context, handout.Relay) relay.Finding {
	return relay.Finding{Capabilities: []string{"SIZE 1000000"}, Size: 1_000_000}
}

// startManager runs the controllers until the test ends.
func startManager(t *testing.T) {
	t.Helper()
	log.SetLogger(zap.New(zap.WriteTo(t.Output())))
	mgr, err := ctrl.NewManager(server.AsManager(t), ctrl.Options{
		Scheme: server.Scheme, Metrics: metricsserver.Options{BindAddress: "0"},
		Controller: config.Controller{CacheSyncTimeout: within, SkipNameValidation: ptr.To(true)},
	})
	if err != nil {
		t.Fatal(err)
	}
	now, recorder := clock.RealClock{}, mgr.GetEventRecorder("crier")
	for _, r := range []interface{ SetupWithManager(ctrl.Manager) error }{
		&subscriberset.Reconciler{Client: mgr.GetClient(), Reader: mgr.GetAPIReader(), Namespace: apitest.OperatorNamespace, Clock: now, Recorder: recorder},
		&relay.Reconciler{Client: mgr.GetClient(), Reader: mgr.GetAPIReader(), Namespace: apitest.OperatorNamespace, Clock: now, Recorder: recorder, Prober: reachable{}},
		&mailinglist.Reconciler{Client: mgr.GetClient(), Reader: mgr.GetAPIReader(), Namespace: apitest.OperatorNamespace, Clock: now, Recorder: recorder},
	} {
		if err := r.SetupWithManager(mgr); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- mgr.Start(ctx) }()
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-ended:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(within):
			t.Errorf("the manager didn't end in %s", within)
		}
	})
}

func create(t *testing.T, objects ...client.Object) {
	t.Helper()
	for _, obj := range objects {
		if err := server.Client.Create(t.Context(), obj); err != nil {
			t.Fatal(err)
		}
	}
}

// edit changes an object as it is now.
func edit[T client.Object](t *testing.T, obj T, change func(T)) {
	t.Helper()
	if err := server.Client.Get(t.Context(), client.ObjectKeyFromObject(obj), obj); err != nil {
		t.Fatal(err)
	}
	before := obj.DeepCopyObject().(client.Object)
	change(obj)
	if err := server.Client.Patch(t.Context(), obj, client.MergeFrom(before)); err != nil {
		t.Fatal(err)
	}
}

// within is far below every interval of the controllers, so that only a
// watch can be the cause.
const within = 20 * time.Second

// await waits for a list to be in a state.
func await(t *testing.T, list *crier.MailingList, reason, message string) {
	t.Helper()
	last := ""
	for end := time.Now().Add(within); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if err := server.Client.Get(t.Context(), client.ObjectKeyFromObject(list), list); err != nil {
			t.Fatal(err)
		}
		c := meta.FindStatusCondition(list.Status.Conditions, crier.ConditionReady)
		if c == nil {
			continue
		}
		last = c.Reason + ": " + c.Message
		if c.Reason == reason && strings.Contains(c.Message, message) &&
			reconcile.Check(list.Status.Conditions, list.Status.ObservedGeneration, list.Generation) == nil {
			return
		}
	}
	t.Fatalf("%s is %q after %s, want %s with %q", list.Name, last, within, reason, message)
}

func mailingList(namespace, name, address string) *crier.MailingList {
	return &crier.MailingList{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec: crier.MailingListSpec{
			Address: crier.MailAddress(address), Owners: []crier.MailAddress{"owner@example.gov"},
			From: crier.Mailbox{Address: "news@example.gov"}, Purpose: crier.PurposeMandatory,
			Audience: crier.Audience{Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"part": "staff"}}},
			RelayRef: crier.NamespacedReference{Namespace: "relays", Name: "main"},
		},
	}
}

// Each thing that a list depends on comes, changes and goes by itself, and
// the list follows.
func TestListFollowsWhatItRefersTo(t *testing.T) {
	startManager(t)
	ns := server.Namespace(t, nil)
	list := mailingList(ns, "staff", "staff@lists.example.gov")
	create(t, list)
	await(t, list, crier.ReasonSenderNotAllowed, "No Relay relays/main")

	main := &crier.Relay{
		ObjectMeta: metav1.ObjectMeta{Namespace: "relays", Name: "main"},
		Spec: crier.RelaySpec{
			Host: "mail.example.gov", BounceDomain: "bounces.example.gov",
			Auth: &crier.RelayAuth{SecretRef: &crier.LocalReference{Name: "login"}},
			Grants: []crier.RelayGrant{{
				NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"tier": "agency"}},
				Domains:           []string{"example.gov"},
			}},
		},
	}
	create(t, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "relays"}}, main)
	edit(t, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: ns}}, func(n *corev1.Namespace) {
		n.Labels = map[string]string{"tier": "agency"}
	})
	await(t, list, crier.ReasonRelayNotReady, "CredentialsMissing")

	login := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: "relays", Name: "login"},
		StringData: map[string]string{gather.UsernameKey: "crier", gather.PasswordKey: "hunter2"},
	}
	create(t, login)
	await(t, list, crier.ReasonRelayNotReady, "SecretNotLabeled")
	edit(t, login, func(s *corev1.Secret) { s.Labels = map[string]string{crier.LabelUse: crier.UseRelay} })
	await(t, list, crier.ReasonAudienceEmpty, "selects no SubscriberSet")

	set := &crier.SubscriberSet{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "staff", Labels: map[string]string{"part": "staff"}},
		Spec: crier.SubscriberSetSpec{Source: crier.SubscriberSource{CSV: &crier.CSVSource{From: []crier.CSVObject{
			{ConfigMap: &crier.CSVKeys{Name: "people"}},
			{Secret: &crier.CSVKeys{Name: "others"}},
		}}}},
	}
	people := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "people"}, Data: map[string]string{"a.csv": "email\na@example.gov\n"}}
	others := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "others", Labels: map[string]string{crier.LabelUse: crier.UseRoster}},
		StringData: map[string]string{"b.csv": "email\nb@example.gov\n"},
	}
	create(t, set)
	await(t, list, crier.ReasonSubscribersNotReady, "staff (SourceNotFound)")
	create(t, people, others)
	await(t, list, crier.ReasonReady, "2 subscribers in 1 SubscriberSet.")

	edit(t, people, func(c *corev1.ConfigMap) { c.Data["a.csv"] += "c@example.gov\n" })
	await(t, list, crier.ReasonReady, "3 subscribers in 1 SubscriberSet.")
	edit(t, others, func(s *corev1.Secret) { s.Data["b.csv"] = []byte("email\n") })
	await(t, list, crier.ReasonReady, "2 subscribers in 1 SubscriberSet.")

	grants := main.Spec.Grants
	edit(t, main, func(r *crier.Relay) { r.Spec.Grants = nil })
	await(t, list, crier.ReasonSenderNotAllowed, "")
	edit(t, main, func(r *crier.Relay) { r.Spec.Grants = grants })
	await(t, list, crier.ReasonReady, "")
	edit(t, set, func(s *crier.SubscriberSet) { s.Labels = nil })
	await(t, list, crier.ReasonAudienceEmpty, "")

	// In the same second the first by name is the older one.
	rival := mailingList(ns, "twin", "STAFF@lists.example.gov")
	create(t, rival)
	await(t, rival, crier.ReasonAddressTaken, "")
	if err := server.Client.Delete(t.Context(), list); err != nil {
		t.Fatal(err)
	}
	await(t, rival, crier.ReasonAudienceEmpty, "")

	// Whoever watches kubectl get events sees the milestones.
	var told eventsv1.EventList
	if err := server.Client.List(t.Context(), &told, client.InNamespace(ns)); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, e := range told.Items {
		seen[e.Regarding.Kind+" "+e.Reason] = true
		if strings.Contains(e.Note, "@") {
			t.Errorf("an address in the event %q", e.Note)
		}
	}
	for _, want := range []string{"MailingList Ready", "MailingList SenderNotAllowed", "MailingList AddressTaken", "SubscriberSet Ready"} {
		if !seen[want] {
			t.Errorf("no event %s among %v", want, seen)
		}
	}

	if err := server.Client.Delete(t.Context(), set); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(within); ; time.Sleep(50 * time.Millisecond) {
		var rosters corev1.SecretList
		if err := server.Client.List(t.Context(), &rosters, client.InNamespace(apitest.OperatorNamespace)); err != nil {
			t.Fatal(err)
		}
		if len(rosters.Items) == 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("%d Secrets of a deleted set are left", len(rosters.Items))
		}
	}
}
