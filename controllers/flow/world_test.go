// Package flow_test leads Broadcasts through their whole life against a real
// API server: all controllers, stepped by hand, without a manager. The test
// plays what a cluster would do besides: the sender pods and the Job
// controller.
package flow_test

import (
	"bytes"
	"context"
	"fmt"
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
	ctrlreconcile "sigs.k8s.io/controller-runtime/pkg/reconcile"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/controllers/broadcast"
	"crier.dev/crier/controllers/deliveryrecord"
	"crier.dev/crier/controllers/mailinglist"
	"crier.dev/crier/controllers/relay"
	"crier.dev/crier/controllers/subscriberset"
	"crier.dev/crier/internal/cluster/ledgerstore"
	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/cluster/reporting"
	"crier.dev/crier/internal/delivery/handout"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/testing/apitest"
	"crier.dev/crier/internal/writing/message"
)

var (
	server *apitest.Server
	// api has no cache and can be intercepted.
	api client.WithWatch
)

func TestMain(m *testing.M) { os.Exit(apitest.Main(m, &server)) }

var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// reachable is a relay that always answers.
type reachable struct{}

func (reachable) Probe(context.Context, handout.Relay) relay.Finding {
	return relay.Finding{Capabilities: []string{"SIZE 1000000"}, Size: 1_000_000}
}

// world is a namespace with everything that a Broadcast needs, and all
// controllers.
type world struct {
	*testing.T
	ns, domain string
	clock      *clocktesting.FakePassiveClock
	told       chan string
	attempts   int
	keys       int // of runs, that were drawn
	hold       bool

	broadcasts *broadcast.Reconciler
	records    *deliveryrecord.Reconciler
	sets       *subscriberset.Reconciler
	lists      *mailinglist.Reconciler
	relays     *relay.Reconciler
}

// bare is a world without a relay, a set or a list.
func bare(t *testing.T) *world {
	t.Helper()
	server.Index(&crier.MailingList{}, mailinglist.IndexListID, mailinglist.ByListID)
	if api == nil {
		c, err := client.NewWithWatch(server.Config, client.Options{Scheme: server.Scheme})
		if err != nil {
			t.Fatal(err)
		}
		api = c
	}
	w := &world{T: t, ns: server.Namespace(t, nil), told: make(chan string, 10_000)}
	w.domain = w.ns + ".example.gov"
	w.clock = clocktesting.NewFakePassiveClock(start)
	w.restart(api)
	return w
}

// newWorld has a relay, a list, and a set of that many people.
func newWorld(t *testing.T, people int) *world {
	t.Helper()
	w := bare(t)
	w.create(w.relay())
	w.create(w.set("staff", people))
	w.create(w.list())
	w.prepare()
	return w
}

// restart is a manager that remembers nothing, with that client.
func (w *world) restart(c client.Client) {
	recorder := &events.FakeRecorder{Events: w.told}
	store := &ledgerstore.Store{
		Client: c, Reader: c, Namespace: apitest.OperatorNamespace, Clock: w.clock,
		NewID:  func() string { w.attempts++; return fmt.Sprintf("attempt%03d", w.attempts) },
		NewKey: func() []byte { w.keys++; return bytes.Repeat([]byte{byte(w.keys)}, message.KeySize) },
	}
	reporter := &reporting.Reporter{Store: store}
	w.broadcasts = &broadcast.Reconciler{
		Client: c, Reader: c, Store: store, Reporter: reporter, Namespace: apitest.OperatorNamespace,
		Hold: w.hold, Clock: w.clock, Recorder: recorder,
	}
	w.records = &deliveryrecord.Reconciler{
		Client: c, Reader: c, Store: store, Reporter: reporter, Namespace: apitest.OperatorNamespace,
		Image: "example.gov/crier:1", PullPolicy: corev1.PullIfNotPresent, Hold: w.hold, Clock: w.clock,
	}
	w.sets = &subscriberset.Reconciler{Client: api, Reader: api, Namespace: apitest.OperatorNamespace, Clock: w.clock, Recorder: recorder}
	w.lists = &mailinglist.Reconciler{Client: server.Client, Reader: api, Namespace: apitest.OperatorNamespace, Clock: w.clock, Recorder: recorder}
	w.relays = &relay.Reconciler{Client: api, Reader: api, Namespace: apitest.OperatorNamespace, Clock: w.clock, Recorder: recorder, Prober: reachable{}}
}

func (w *world) pass(d time.Duration) { w.clock.SetTime(w.clock.Now().Add(d)) }

func (w *world) create(obj client.Object) {
	w.Helper()
	if err := api.Create(w.Context(), obj); err != nil {
		w.Fatal(err)
	}
}

func (w *world) remove(obj client.Object) {
	w.Helper()
	if err := api.Delete(w.Context(), obj); err != nil {
		w.Fatal(err)
	}
}

// get reads an object of the world's namespace.
func get[T client.Object](w *world, name string, into T) T {
	w.Helper()
	if err := api.Get(w.Context(), client.ObjectKey{Namespace: w.ns, Name: name}, into); err != nil {
		w.Fatal(err)
	}
	return into
}

// edit changes an object of the world's namespace.
func edit[T client.Object](w *world, name string, into T, change func(T)) error {
	w.Helper()
	get(w, name, into)
	change(into)
	return api.Update(w.Context(), into)
}

func mustEdit[T client.Object](w *world, name string, into T, change func(T)) {
	w.Helper()
	if err := edit(w, name, into, change); err != nil {
		w.Fatal(err)
	}
}

func (w *world) relay() *crier.Relay {
	return &crier.Relay{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.ns, Name: "main"},
		Spec: crier.RelaySpec{
			Host: "mail.example.gov", BounceDomain: "bounces.example.gov",
			Grants: []crier.RelayGrant{{Namespaces: []string{w.ns}, Domains: []string{"example.gov"}}},
		},
	}
}

func email(i int) string { return fmt.Sprintf("p%04d@example.net", i) }

func subscribers(n int) []crier.Subscriber {
	people := make([]crier.Subscriber, n)
	for i := range people {
		people[i] = crier.Subscriber{Email: email(i), Name: fmt.Sprintf("Person %d", i)}
	}
	return people
}

func (w *world) set(name string, people int) *crier.SubscriberSet {
	return &crier.SubscriberSet{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.ns, Name: name, Labels: map[string]string{"part": "yes"}},
		Spec:       crier.SubscriberSetSpec{Source: crier.SubscriberSource{Inline: subscribers(people)}},
	}
}

func (w *world) list() *crier.MailingList {
	return &crier.MailingList{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.ns, Name: "staff"},
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

func (w *world) news() *crier.Broadcast {
	return &crier.Broadcast{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.ns, Name: "news"},
		Spec: crier.BroadcastSpec{
			ListRef: &crier.LocalReference{Name: "staff"}, Subject: "News for {{ .Name }}",
			Content:  crier.BroadcastContent{Text: "Dear {{ .Name }}"},
			NotAfter: &metav1.Time{Time: start.Add(48 * time.Hour)},
		},
	}
}

// prepare steps the controllers of everything but Broadcasts.
func (w *world) prepare() {
	w.Helper()
	step := func(r ctrlreconcile.Reconciler, list client.ObjectList) {
		w.Helper()
		if err := api.List(w.Context(), list, client.InNamespace(w.ns)); err != nil {
			w.Fatal(err)
		}
		items, err := meta.ExtractList(list)
		if err != nil {
			w.Fatal(err)
		}
		for _, item := range items {
			obj, _ := item.(client.Object)
			if _, err := r.Reconcile(w.Context(), ctrl.Request{NamespacedName: client.ObjectKeyFromObject(obj)}); err != nil {
				w.Fatal(err)
			}
		}
	}
	step(w.relays, &crier.RelayList{})
	step(w.sets, &crier.SubscriberSetList{})
	step(w.lists, &crier.MailingListList{})
}

func (w *world) tryBroadcast() (ctrl.Result, error) {
	return w.broadcasts.Reconcile(w.Context(), ctrl.Request{NamespacedName: client.ObjectKey{Namespace: w.ns, Name: "news"}})
}

// look steps the Broadcast once and checks what its status says.
func (w *world) look(reason, words string) *crier.Broadcast {
	w.Helper()
	for range 5 {
		result, err := w.tryBroadcast()
		if err != nil {
			w.Fatal(err)
		}
		if result.RequeueAfter != time.Second { // else somebody else wrote
			break
		}
	}
	b := get(w, "news", &crier.Broadcast{})
	w.check(b)
	c := meta.FindStatusCondition(b.Status.Conditions, crier.ConditionReady)
	if c.Reason != reason || !strings.Contains(c.Message, words) {
		w.Fatalf("got %s %q, want %s with %q", c.Reason, c.Message, reason, words)
	}
	return b
}

// check says whether generic tools understand the status.
func (w *world) check(b *crier.Broadcast) {
	w.Helper()
	if err := reconcile.Check(b.Status.Conditions, b.Status.ObservedGeneration, b.Generation); err != nil {
		w.Fatal(err)
	}
}

func (w *world) condition(b *crier.Broadcast, kind string, status bool, reason string) {
	w.Helper()
	c := meta.FindStatusCondition(b.Status.Conditions, kind)
	if c == nil || (c.Status == metav1.ConditionTrue) != status || c.Reason != reason {
		w.Errorf("condition %s is %+v, want %t %s", kind, c, status, reason)
	}
}

func (w *world) recordName() string { return names.RecordName(w.ns, "news") }

func (w *world) reportName(kind crier.ReportKind) string {
	return names.ReportRecordName(w.ns, "news", 1, kind)
}

func (w *world) recordOf(name string) *crier.DeliveryRecord {
	w.Helper()
	record := &crier.DeliveryRecord{}
	if err := api.Get(w.Context(), client.ObjectKey{Name: name}, record); err != nil {
		w.Fatal(err)
	}
	return record
}

func (w *world) record() *crier.DeliveryRecord { w.Helper(); return w.recordOf(w.recordName()) }

func (w *world) tryRecord(name string) (ctrl.Result, error) {
	return w.records.Reconcile(w.Context(), ctrl.Request{NamespacedName: client.ObjectKey{Name: name}})
}

// carry steps a record until it asks to be looked at later, as the watch on
// it would.
func (w *world) carry(name string) ctrl.Result {
	w.Helper()
	result, err := w.tryRecord(name)
	if err != nil {
		w.Fatal(err)
	}
	return result
}

func (w *world) stage(want crier.RecordStage) *crier.DeliveryRecord {
	w.Helper()
	record := w.record()
	if record.State.Stage != want {
		w.Fatalf("the record is %s, want %s", record.State.Stage, want)
	}
	return record
}
