package mailinglist

import (
	"os"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/events"
	clocktesting "k8s.io/utils/clock/testing"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/testing/apitest"
)

var server *apitest.Server

func TestMain(m *testing.M) { os.Exit(apitest.Main(m, &server)) }

var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

type world struct {
	*testing.T
	r      *Reconciler
	ns     string
	domain string // of the list, one per test: addresses are unique in the cluster
	told   chan string
}

func newWorld(t *testing.T) *world {
	server.Index(&crier.MailingList{}, IndexListID, ByListID)
	w := &world{T: t, ns: server.Namespace(t, nil), told: make(chan string, 100)}
	w.domain = w.ns + ".example.gov"
	w.r = &Reconciler{
		Client: server.Client, Reader: server.Client, Namespace: apitest.OperatorNamespace,
		Clock: clocktesting.NewFakePassiveClock(start), Recorder: &events.FakeRecorder{Events: w.told},
	}
	return w
}

func (w *world) create(obj client.Object) {
	w.Helper()
	if err := server.Client.Create(w.Context(), obj); err != nil {
		w.Fatal(err)
	}
}

// update writes obj over whatever is there.
func (w *world) update(obj client.Object) {
	w.Helper()
	now := obj.DeepCopyObject().(client.Object)
	if err := server.Client.Get(w.Context(), client.ObjectKeyFromObject(obj), now); err != nil {
		w.Fatal(err)
	}
	obj.SetResourceVersion(now.GetResourceVersion())
	if err := server.Client.Update(w.Context(), obj); err != nil {
		w.Fatal(err)
	}
}

// list is one that is in order once its relay and set are.
func (w *world) list(name string) *crier.MailingList {
	return &crier.MailingList{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.ns, Name: name},
		Spec: crier.MailingListSpec{
			Address: crier.MailAddress("staff@" + w.domain), DisplayName: "All Staff",
			Owners:   []crier.MailAddress{"owner@example.gov"},
			From:     crier.Mailbox{Address: "news@example.gov"},
			Purpose:  crier.PurposeMandatory,
			Audience: crier.Audience{SubscriberSets: []crier.LocalReference{{Name: "staff"}}},
			RelayRef: crier.NamespacedReference{Name: "main"},
		},
	}
}

// relay grants the domain of From to the test's namespace.
func (w *world) relay(namespace string) *crier.Relay {
	return &crier.Relay{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "main"},
		Spec: crier.RelaySpec{
			Host: "mail.example.gov", BounceDomain: "bounces.example.gov",
			Grants: []crier.RelayGrant{{Namespaces: []string{w.ns}, Domains: []string{"example.gov"}}},
		},
	}
}

func (w *world) verdictOf(obj client.Object, conditions *[]metav1.Condition, observed *int64, v reconcile.Verdict) {
	w.Helper()
	*observed = obj.GetGeneration()
	*conditions = reconcile.Conditions(nil, obj.GetGeneration(), v, start)
	if err := reconcile.Apply(w.Context(), server.Client, obj); err != nil {
		w.Fatal(err)
	}
}

// set makes a SubscriberSet that was read.
func (w *world) set(name string, subscribers int64, labels map[string]string) *crier.SubscriberSet {
	w.Helper()
	s := &crier.SubscriberSet{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.ns, Name: name, Labels: labels},
		Spec:       crier.SubscriberSetSpec{Source: crier.SubscriberSource{Inline: []crier.Subscriber{}}},
	}
	s.Spec.Source.Inline = append(s.Spec.Source.Inline, crier.Subscriber{Email: "a@example.gov"})
	w.create(s)
	s.Status.Subscribers = subscribers
	s.Status.Roster = &crier.RosterStatus{Digest: "sha256:a", Generation: s.Generation, Parts: 1, SyncedAt: metav1.NewTime(start)}
	w.verdictOf(s, &s.Status.Conditions, &s.Status.ObservedGeneration, reconcile.IsReady(crier.ReasonReady, "Read."))
	return s
}

func (w *world) step(name, reason, message string) *crier.MailingList {
	w.Helper()
	key := client.ObjectKey{Namespace: w.ns, Name: name}
	if _, err := w.r.Reconcile(w.Context(), ctrl.Request{NamespacedName: key}); err != nil {
		w.Fatal(err)
	}
	list := &crier.MailingList{}
	if err := server.Client.Get(w.Context(), key, list); err != nil {
		w.Fatal(err)
	}
	if err := reconcile.Check(list.Status.Conditions, list.Status.ObservedGeneration, list.Generation); err != nil {
		w.Fatal(err)
	}
	c := meta.FindStatusCondition(list.Status.Conditions, crier.ConditionReady)
	if c.Reason != reason || !strings.Contains(c.Message, message) {
		w.Fatalf("got %s %q, want %s with %q", c.Reason, c.Message, reason, message)
	}
	if strings.Contains(c.Message, "@") {
		w.Errorf("an address in %q", c.Message)
	}
	return list
}

// Everything arrives in the wrong order, as Argo CD may apply it.
func TestFromNothingToReady(t *testing.T) {
	w := newWorld(t)
	w.create(w.list("staff"))
	w.step("staff", crier.ReasonSenderNotAllowed, "No Relay "+w.ns+"/main lets namespace "+w.ns+" send as from.address (domain example.gov)")

	relay := w.relay(w.ns)
	w.create(relay)
	w.step("staff", crier.ReasonRelayNotReady, "Relay main hasn't been probed yet.")

	w.verdictOf(relay, &relay.Status.Conditions, &relay.Status.ObservedGeneration, reconcile.IsReconciling(crier.ReasonRelayUnreachable, "Nothing answers."))
	w.step("staff", crier.ReasonRelayNotReady, "Relay main is not ready (Unreachable): Nothing answers.")

	w.verdictOf(relay, &relay.Status.Conditions, &relay.Status.ObservedGeneration, reconcile.IsReady(crier.ReasonRelayReachable, "It answers."))
	w.step("staff", crier.ReasonSubscribersNotReady, "Waiting for 1 SubscriberSet: staff (not found).")

	set := w.set("staff", 0, nil)
	w.step("staff", crier.ReasonAudienceEmpty, "not one subscriber")

	set.Status.Subscribers = 5000
	w.verdictOf(set, &set.Status.Conditions, &set.Status.ObservedGeneration, reconcile.IsReady(crier.ReasonReady, "Read."))
	list := w.step("staff", crier.ReasonReady, "5000 subscribers in 1 SubscriberSet.")
	if s := list.Status; s.Subscribers != 5000 || s.SubscriberSets != 1 || s.ListID != `"All Staff" <staff.`+w.domain+`>` {
		t.Errorf("status %+v", s)
	}

	// An edited set has to be read again first.
	set.Spec.Source.Inline[0].Email = "b@example.gov"
	w.update(set)
	w.step("staff", crier.ReasonSubscribersNotReady, "staff (not read yet)")

	// A withdrawn grant stops the list.
	relay.Spec.Grants = nil
	w.update(relay)
	w.step("staff", crier.ReasonSenderNotAllowed, "")
	var told []string
	for len(w.told) > 0 {
		told = append(told, <-w.told)
	}
	if len(told) != 3 || !strings.HasPrefix(told[1], "Normal Ready ") {
		t.Errorf("events %q", told)
	}
}

func TestSelector(t *testing.T) {
	w := newWorld(t)
	relay := w.relay(w.ns)
	w.create(relay)
	w.verdictOf(relay, &relay.Status.Conditions, &relay.Status.ObservedGeneration, reconcile.IsReady(crier.ReasonRelayReachable, "It answers."))
	list := w.list("staff")
	list.Spec.Audience = crier.Audience{Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"part": "staff"}}}
	w.create(list)
	w.step("staff", crier.ReasonAudienceEmpty, "audience.selector selects no SubscriberSet.")

	w.set("tax", 3, map[string]string{"part": "staff"})
	w.set("parks", 4, map[string]string{"part": "staff"})
	w.set("public", 5, nil)
	w.step("staff", crier.ReasonReady, "7 subscribers in 2 SubscriberSets.")

	if err := server.Client.Get(t.Context(), client.ObjectKeyFromObject(list), list); err != nil {
		t.Fatal(err)
	}
	list.Spec.Audience.SubscriberSets = []crier.LocalReference{{Name: "public"}, {Name: "tax"}}
	w.update(list)
	w.step("staff", crier.ReasonReady, "12 subscribers in 3 SubscriberSets.")

	list.Spec.Audience.Selector = &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "part", Operator: "Near"}}}
	w.update(list)
	w.step("staff", crier.ReasonInvalidSelector, "audience.selector can't be used")
}

// What a namespace hears of another's Relay before it is granted is the same
// whether that exists or not.
func TestRelayOfAnotherNamespace(t *testing.T) {
	w := newWorld(t)
	mail := server.Namespace(t, nil)
	list := w.list("staff")
	list.Spec.RelayRef.Namespace = mail
	w.create(list)
	message := func() string {
		t.Helper()
		got := w.step("staff", crier.ReasonSenderNotAllowed, "")
		return meta.FindStatusCondition(got.Status.Conditions, crier.ConditionReady).Message
	}
	without := message()

	relay := w.relay(mail)
	relay.Spec.Grants[0].Namespaces = []string{"somebody-else"}
	w.create(relay)
	if with := message(); with != without {
		t.Errorf("%q tells that there is a Relay, unlike %q", with, without)
	}

	relay.Spec.Grants[0] = crier.RelayGrant{
		NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"tier": "agency"}},
		Domains:           []string{"example.gov"},
	}
	w.update(relay)
	message()
	ns := &corev1.Namespace{}
	if err := server.Client.Get(t.Context(), client.ObjectKey{Name: w.ns}, ns); err != nil {
		t.Fatal(err)
	}
	ns.Labels["tier"] = "agency"
	w.update(ns)
	w.verdictOf(relay, &relay.Status.Conditions, &relay.Status.ObservedGeneration, reconcile.IsStalled(crier.ReasonTLSFailed, "mail.internal has an old certificate."))
	got := w.step("staff", crier.ReasonRelayNotReady, "Relay "+mail+"/main is not ready: TLSFailed.")
	if m := meta.FindStatusCondition(got.Status.Conditions, crier.ConditionReady).Message; strings.Contains(m, "internal") {
		t.Errorf("%q is for the Relay's own namespace", m)
	}
}

func TestAddressBelongsToTheOldest(t *testing.T) {
	w := newWorld(t)
	first := w.list("zebra")
	w.create(first)
	w.step("zebra", crier.ReasonSenderNotAllowed, "")

	const tick = 1100 * time.Millisecond // creation times are in seconds
	time.Sleep(tick)
	second := w.list("alpha")
	second.Spec.Address = crier.MailAddress("STAFF@" + strings.ToUpper(w.domain))
	w.create(second)
	w.step("alpha", crier.ReasonAddressTaken, "belongs to the older MailingList zebra")
	w.step("zebra", crier.ReasonSenderNotAllowed, "")

	time.Sleep(tick)
	other := newWorld(t)
	third := other.list("alike")
	third.Spec.Address = crier.MailAddress("staff-@" + w.domain) // the same List-Id
	other.create(third)
	other.step("alike", crier.ReasonAddressTaken, "belongs to an older MailingList of another namespace")

	if err := server.Client.Delete(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	w.step("alpha", crier.ReasonSenderNotAllowed, "")
	other.step("alike", crier.ReasonAddressTaken, "")
}

func TestRivalsAndListsAreWoken(t *testing.T) {
	w := newWorld(t)
	first, second := w.list("first"), w.list("second")
	w.create(first)
	w.create(second)
	if got := w.r.rivals(t.Context(), first); len(got) != 1 || got[0].Name != "second" {
		t.Errorf("rivals of the first: %v", got)
	}
	set := &crier.SubscriberSet{ObjectMeta: metav1.ObjectMeta{Namespace: w.ns, Name: "staff"}}
	if got := w.r.listsOfSet(t.Context(), set); len(got) != 2 {
		t.Errorf("lists of the set: %v", got)
	}
	set.Name = "another"
	if got := w.r.listsOfSet(t.Context(), set); len(got) != 0 {
		t.Errorf("lists of another set: %v", got)
	}
	if got := w.r.listsOfRelay(t.Context(), w.relay(w.ns)); len(got) != 2 {
		t.Errorf("lists of the relay: %v", got)
	}
	if got := w.r.listsOfRelay(t.Context(), w.relay("elsewhere")); len(got) != 0 {
		t.Errorf("lists of a relay elsewhere: %v", got)
	}
	if got := w.r.listsOfNamespace(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: w.ns}}); len(got) != 2 {
		t.Errorf("lists of the namespace: %v", got)
	}
}

// A filter is checked against the sets of the list, and an excluded set has to
// be there: it must not be taken for an empty one.
func TestFilterAndExclusion(t *testing.T) {
	w := newWorld(t)
	relay := w.relay(w.ns)
	w.create(relay)
	w.verdictOf(relay, &relay.Status.Conditions, &relay.Status.ObservedGeneration, reconcile.IsReady(crier.ReasonRelayReachable, "Reachable."))
	w.set("staff", 3, nil)
	list := w.list("staff")
	list.Spec.Audience.Filter = `subscriber.attributes.branch == "parks"`
	list.Spec.Audience.Exclude = &crier.AudienceExclusion{SubscriberSets: []crier.LocalReference{{Name: "away"}}}
	w.create(list)
	list = w.step("staff", crier.ReasonInvalidFilter, "audience.filter, line 1, column 23: unknown attribute branch")
	list.Spec.Audience.Filter = `subscriber.domain == "example.gov"`
	w.update(list)
	w.step("staff", crier.ReasonSubscribersNotReady, "away (not found)")
	away := w.set("away", 1, nil)
	if !reaches(list, away) {
		t.Error("a change of the excluded set is no news to the list")
	}
	list = w.step("staff", crier.ReasonReady, "3 subscribers in 1 SubscriberSet, before filter and exclusion.")

	// Neither must a label that no set has.
	by := &metav1.LabelSelector{MatchLabels: map[string]string{"part": "away"}}
	list.Spec.Audience.Exclude.Selector = by
	w.update(list)
	list = w.step("staff", crier.ReasonSubscribersNotReady, "audience.exclude.selector (part=away) selects no SubscriberSet, so it would leave out nobody.")
	list.Spec.Audience.Exclude.Optional = true
	w.update(list)
	list = w.step("staff", crier.ReasonReady, "before filter and exclusion.")
	list.Spec.Audience.Selector = by
	w.update(list)
	w.step("staff", crier.ReasonSubscribersNotReady, "audience.selector (part=away) selects no SubscriberSet.")
}
