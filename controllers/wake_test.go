package controllers_test

import (
	"fmt"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	crier "crier.dev/crier/api/v1alpha1"
)

// reconciles counts how often a controller has looked at something so far.
func reconciles(t *testing.T, controller string) (n float64) {
	t.Helper()
	families, err := metrics.Registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		if family.GetName() != "controller_runtime_reconcile_total" {
			continue
		}
		for _, m := range family.GetMetric() {
			for _, label := range m.GetLabel() {
				if label.GetName() == "controller" && label.GetValue() == controller {
					n += m.GetCounter().GetValue()
				}
			}
		}
	}
	return n
}

// settled waits until a controller has looked at nothing for a moment, and says
// how often it has looked since before.
func settled(t *testing.T, controller string, before float64) float64 {
	t.Helper()
	last, since := reconciles(t, controller), time.Now()
	for end := time.Now().Add(within); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if now := reconciles(t, controller); now != last {
			last, since = now, time.Now()
		}
		if time.Since(since) > 400*time.Millisecond {
			return last - before
		}
	}
	t.Fatalf("%s never rests", controller)
	return 0
}

// A Relay says every few minutes when it was tried, and a set when it was read:
// that is no news to all the lists that use them. What changes for a list wakes
// it, and that alone.
func TestEventsWakeWhatTheyAreAbout(t *testing.T) {
	startManager(t)
	const lists = 20
	ns := server.Namespace(t, nil)
	relay := &crier.Relay{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "main"},
		Spec: crier.RelaySpec{
			Host: "mail.example.gov", BounceDomain: "bounces.example.gov",
			Grants: []crier.RelayGrant{{Namespaces: []string{ns}, Domains: []string{"example.gov"}}},
		},
	}
	set := &crier.SubscriberSet{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "staff"},
		Spec:       crier.SubscriberSetSpec{Source: crier.SubscriberSource{Inline: []crier.Subscriber{{Email: "a@example.gov"}}}},
	}
	create(t, relay, set)
	var list *crier.MailingList
	for i := range lists {
		list = mailingList(ns, fmt.Sprint("list", i), fmt.Sprintf("l%d@%s.example.gov", i, ns))
		list.Spec.RelayRef = crier.NamespacedReference{Name: "main"}
		list.Spec.Audience = crier.Audience{SubscriberSets: []crier.LocalReference{{Name: "staff"}}}
		create(t, list)
	}
	await(t, list, crier.ReasonReady, "")
	settled(t, "mailinglist", 0)
	quietly := func(what string, obj client.Object, change func()) {
		t.Helper()
		before := reconciles(t, "mailinglist")
		if err := server.Client.Get(t.Context(), client.ObjectKeyFromObject(obj), obj); err != nil {
			t.Fatal(err)
		}
		change()
		if err := server.Client.Status().Update(t.Context(), obj); err != nil {
			t.Fatal(err)
		}
		if n := settled(t, "mailinglist", before); n != 0 {
			t.Errorf("%s: %v lists are looked at, want none", what, n)
		}
	}
	quietly("relay tried again", relay, func() { relay.Status.Probe.Time = metav1.NewTime(time.Now().Add(time.Hour)) })
	quietly("set read again", set, func() { set.Status.Roster.SyncedAt = metav1.NewTime(time.Now().Add(time.Hour)) })

	before := reconciles(t, "mailinglist")
	edit(t, list, func(l *crier.MailingList) { l.Spec.DisplayName = "Everybody" })
	if n := settled(t, "mailinglist", before); n < 1 || n > 2 { // once more for the status that it wrote
		t.Errorf("an edited list: %v are looked at, want it alone", n)
	}
	before = reconciles(t, "mailinglist")
	edit(t, relay, func(r *crier.Relay) { r.Spec.Grants = nil })
	await(t, list, crier.ReasonSenderNotAllowed, "")
	if n := settled(t, "mailinglist", before); n < lists {
		t.Errorf("a withdrawn grant: %v are looked at, want all %d", n, lists)
	}
	if c := meta.FindStatusCondition(list.Status.Conditions, crier.ConditionStalled); c == nil {
		t.Error("not stalled")
	}
}
