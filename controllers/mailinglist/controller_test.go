package mailinglist

import (
	"os"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/cluster/watch"
	"crier.dev/crier/internal/testing/apitest"
)

var server *apitest.Server

func TestMain(m *testing.M) { os.Exit(apitest.Main(m, &server)) }

type world struct {
	*apitest.World
	r *Reconciler
}

func newWorld(t *testing.T) *world {
	server.Index(&crier.MailingList{}, IndexListID, ByListID)
	server.Index(&crier.MailingList{}, watch.IndexRelay, watch.ByRelay)
	w := &world{World: server.NewWorld(t)}
	w.Never = []string{"@"}
	w.r = &Reconciler{
		Client: server.Client, Reader: server.Client, Namespace: apitest.OperatorNamespace,
		Clock: w.Clock, Recorder: w.Recorder(),
	}
	return w
}

// list is one that is in order once its relay and set are.
func (w *world) list(name string) *crier.MailingList {
	list := w.List()
	list.Name = name
	return list
}

// relay is one that answers.
func (w *world) relay() *crier.Relay {
	w.Helper()
	relay := w.Relay()
	w.Create(relay)
	w.Settle(relay, reconcile.IsReady(crier.ReasonRelayReachable, "It answers."))
	return relay
}

// set makes a SubscriberSet that was read.
func (w *world) set(name string, subscribers int64, labels map[string]string) *crier.SubscriberSet {
	w.Helper()
	s := w.Inline(name, crier.Subscriber{Email: "a@example.gov"})
	s.Labels = labels
	w.Create(s)
	s.Status.Subscribers = subscribers
	s.Status.Roster = &crier.RosterStatus{Digest: "sha256:a", Generation: s.Generation, Parts: 1, SyncedAt: metav1.NewTime(apitest.Start)}
	w.Settle(s, reconcile.IsReady(crier.ReasonReady, "Read."))
	return s
}

func (w *world) step(name, reason, message string) *crier.MailingList {
	w.Helper()
	list := w.list(name)
	w.Step(w.r, list)
	w.Expect(list, reason, message)
	return list
}

// Everything arrives in the wrong order, as Argo CD may apply it.
func TestFromNothingToReady(t *testing.T) {
	w := newWorld(t)
	w.Create(w.list("staff"))
	w.step("staff", crier.ReasonSenderNotAllowed, "No Relay "+w.NS+"/main lets namespace "+w.NS+" send as from.address (domain example.gov)")

	relay := w.Relay()
	w.Create(relay)
	w.step("staff", crier.ReasonRelayNotReady, "Relay main has not been tested yet.")

	w.Settle(relay, reconcile.IsReconciling(crier.ReasonRelayUnreachable, "Nothing answers."))
	w.step("staff", crier.ReasonRelayNotReady, "Relay main is not ready (Unreachable): Nothing answers.")

	w.Settle(relay, reconcile.IsReady(crier.ReasonRelayReachable, "It answers."))
	w.step("staff", crier.ReasonSubscribersNotReady, "Waiting for 1 SubscriberSet: staff (not found).")

	set := w.set("staff", 0, nil)
	w.step("staff", crier.ReasonAudienceEmpty, "has no subscribers")

	set.Status.Subscribers = 5000
	w.Settle(set, reconcile.IsReady(crier.ReasonReady, "Read."))
	list := w.step("staff", crier.ReasonReady, "5,000 subscribers in 1 SubscriberSet.")
	if s := list.Status; s.Subscribers != 5000 || s.SubscriberSets != 1 || s.ListID != `"All Staff" <staff.`+w.Domain+`>` {
		t.Errorf("status %+v", s)
	}

	// An edited set has to be read again first.
	set.Spec.Source.Inline[0].Email = "b@example.gov"
	w.Update(set)
	w.step("staff", crier.ReasonSubscribersNotReady, "staff (not read yet)")

	// A withdrawn grant stops the list.
	relay.Spec.Grants = nil
	w.Update(relay)
	w.step("staff", crier.ReasonSenderNotAllowed, "")
	if told := w.Told(); len(told) != 3 || !strings.HasPrefix(told[1], "Normal Ready ") {
		t.Errorf("events %q", told)
	}
}

func TestSelector(t *testing.T) {
	w := newWorld(t)
	w.relay()
	list := w.list("staff")
	list.Spec.Audience = crier.Audience{Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"part": "staff"}}}
	w.Create(list)
	w.step("staff", crier.ReasonAudienceEmpty, "audience.selector selects no SubscriberSet.")

	w.set("tax", 3, map[string]string{"part": "staff"})
	w.set("parks", 4, map[string]string{"part": "staff"})
	w.set("public", 5, nil)
	w.step("staff", crier.ReasonReady, "7 subscribers in 2 SubscriberSets.")

	apitest.Get(w, list.Name, list)
	list.Spec.Audience.SubscriberSets = []crier.LocalReference{{Name: "public"}, {Name: "tax"}}
	w.Update(list)
	w.step("staff", crier.ReasonReady, "12 subscribers in 3 SubscriberSets.")

	list.Spec.Audience.Selector = &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "part", Operator: "Near"}}}
	w.Update(list)
	w.step("staff", crier.ReasonInvalidSelector, "audience.selector is not valid")
}

// What a namespace hears of another's Relay before it is granted is the same
// whether that exists or not.
func TestRelayOfAnotherNamespace(t *testing.T) {
	w := newWorld(t)
	mail := server.Namespace(t, nil)
	list := w.list("staff")
	list.Spec.RelayRef.Namespace = mail
	w.Create(list)
	message := func() string {
		t.Helper()
		return w.Ready(w.step("staff", crier.ReasonSenderNotAllowed, "")).Message
	}
	without := message()

	relay := w.Relay()
	relay.Namespace = mail
	relay.Spec.Grants[0].Namespaces = []string{"somebody-else"}
	w.Create(relay)
	if with := message(); with != without {
		t.Errorf("%q tells that there is a Relay, unlike %q", with, without)
	}

	relay.Spec.Grants[0] = crier.RelayGrant{
		NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"tier": "agency"}},
		Domains:           []string{"example.gov"},
	}
	w.Update(relay)
	message()
	ns := &corev1.Namespace{}
	if err := server.Client.Get(t.Context(), client.ObjectKey{Name: w.NS}, ns); err != nil {
		t.Fatal(err)
	}
	ns.Labels["tier"] = "agency"
	w.Update(ns)
	w.Settle(relay, reconcile.IsStalled(crier.ReasonTLSFailed, "mail.internal has an old certificate."))
	got := w.step("staff", crier.ReasonRelayNotReady, "Relay "+mail+"/main is not ready: TLSFailed.")
	if m := w.Ready(got).Message; strings.Contains(m, "internal") {
		t.Errorf("%q is for the Relay's own namespace", m)
	}
}

func TestRivalsAndListsAreWoken(t *testing.T) {
	w := newWorld(t)
	first, second := w.list("first"), w.list("second")
	w.Create(first)
	w.Create(second)
	if got := w.r.rivals(t.Context(), first); len(got) != 0 {
		t.Errorf("rivals of one without a grant: %v", got)
	}
	w.relay()
	if got := w.r.rivals(t.Context(), first); len(got) != 1 || got[0].Name != "second" {
		t.Errorf("rivals of the first: %v", got)
	}
	set := &crier.SubscriberSet{ObjectMeta: metav1.ObjectMeta{Namespace: w.NS, Name: "staff"}}
	if got := w.r.listsOfSet(t.Context(), set); len(got) != 2 {
		t.Errorf("lists of the set: %v", got)
	}
	set.Name = "another"
	if got := w.r.listsOfSet(t.Context(), set); len(got) != 0 {
		t.Errorf("lists of another set: %v", got)
	}
	if got := w.r.listsOfRelay(t.Context(), w.Relay()); len(unique(got)) != 2 {
		t.Errorf("lists of the relay: %v", got)
	}
	elsewhere := w.Relay()
	elsewhere.Namespace = "elsewhere"
	if got := w.r.listsOfRelay(t.Context(), elsewhere); len(got) != 0 {
		t.Errorf("lists of a relay elsewhere: %v", got)
	}
	if got := w.r.listsOfNamespace(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: w.NS}}); len(unique(got)) != 2 {
		t.Errorf("lists of the namespace: %v", got)
	}
}

func unique(requests []ctrl.Request) map[ctrl.Request]bool {
	all := map[ctrl.Request]bool{}
	for _, r := range requests {
		all[r] = true
	}
	return all
}

// A filter is checked against the sets of the list, and an excluded set has to
// be there: it must not be taken for an empty one.
func TestFilterAndExclusion(t *testing.T) {
	w := newWorld(t)
	w.relay()
	w.set("staff", 3, nil)
	list := w.list("staff")
	list.Spec.Audience.Filter = `subscriber.attributes.branch == "parks"`
	list.Spec.Audience.Exclude = &crier.AudienceExclusion{SubscriberSets: []crier.LocalReference{{Name: "away"}}}
	w.Create(list)
	list = w.step("staff", crier.ReasonInvalidFilter, "audience.filter, line 1, column 23: unknown attribute branch")
	list.Spec.Audience.Filter = `subscriber.domain == "example.gov"`
	w.Update(list)
	w.step("staff", crier.ReasonSubscribersNotReady, "away (not found)")
	away := w.set("away", 1, nil)
	if !reaches(list, away) {
		t.Error("a change of the excluded set is no news to the list")
	}
	list = w.step("staff", crier.ReasonReady, "3 subscribers in 1 SubscriberSet, before filter and exclusion.")

	// Neither must a label that no set has.
	by := &metav1.LabelSelector{MatchLabels: map[string]string{"part": "away"}}
	list.Spec.Audience.Exclude.Selector = by
	w.Update(list)
	list = w.step("staff", crier.ReasonSubscribersNotReady, "audience.exclude.selector (part=away) selects no SubscriberSet, so it would leave out nobody.")
	list.Spec.Audience.Exclude.Optional = true
	w.Update(list)
	list = w.step("staff", crier.ReasonReady, "before filter and exclusion.")
	list.Spec.Audience.Selector = by
	w.Update(list)
	w.step("staff", crier.ReasonSubscribersNotReady, "audience.selector (part=away) selects no SubscriberSet.")
}
