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
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	ctrlreconcile "sigs.k8s.io/controller-runtime/pkg/reconcile"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/controllers/broadcast"
	"crier.dev/crier/controllers/deliveryrecord"
	"crier.dev/crier/controllers/mailinglist"
	"crier.dev/crier/controllers/relay"
	"crier.dev/crier/controllers/relayshare"
	"crier.dev/crier/controllers/subscriberset"
	"crier.dev/crier/internal/cluster/heart"
	"crier.dev/crier/internal/cluster/ledgerstore"
	"crier.dev/crier/internal/cluster/reporting"
	"crier.dev/crier/internal/delivery/handout"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/testing/apitest"
	"crier.dev/crier/internal/writing/message"
)

var (
	server *apitest.Server
	// api is the server's client, by a shorter name.
	api client.WithWatch
)

func TestMain(m *testing.M) { os.Exit(apitest.Main(m, &server)) }

var start = apitest.Start

// reachable is a relay that always answers.
type reachable struct{}

func (reachable) Probe(context.Context, handout.Relay) relay.Finding {
	return relay.Finding{Capabilities: []string{"SIZE 1000000"}, Size: 1_000_000}
}

// world is a namespace with everything that a Broadcast needs, and all
// controllers.
type world struct {
	*apitest.World
	attempts  int
	keys      int // of runs, that were drawn
	hold      bool
	heart     *heart.Keeper // nil for none
	processes int           // that led

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
	server.Index(&crier.DeliveryRecord{}, broadcast.IndexRecords, broadcast.ByNamespace)
	server.Index(&crier.DeliveryRecord{}, relayshare.IndexSending, relayshare.BySending)
	server.Index(&corev1.Pod{}, deliveryrecord.IndexPods, deliveryrecord.PodsByRecord)
	api = server.Client
	w := &world{World: server.NewWorld(t)}
	w.restart(api)
	return w
}

// newWorld has a relay, a list, and a set of that many people.
func newWorld(t *testing.T, people int) *world {
	t.Helper()
	w := bare(t)
	w.Create(w.Relay(), w.set("staff", people), w.List())
	w.prepare()
	return w
}

// restart is a manager that remembers nothing, with that client.
func (w *world) restart(c client.Client) {
	recorder := w.Recorder()
	store := &ledgerstore.Store{
		Client: c, Reader: c, Namespace: apitest.OperatorNamespace, Clock: w.Clock,
		NewID:  func() string { w.attempts++; return fmt.Sprintf("attempt%03d", w.attempts) },
		NewKey: func() []byte { w.keys++; return bytes.Repeat([]byte{byte(w.keys)}, message.KeySize) },
	}
	reporter := &reporting.Reporter{Store: store}
	w.broadcasts = &broadcast.Reconciler{
		Client: c, Reader: c, Store: store, Reporter: reporter, Namespace: apitest.OperatorNamespace,
		Hold: w.hold, Heart: w.heart, Clock: w.Clock, Recorder: recorder,
	}
	w.records = &deliveryrecord.Reconciler{
		Client: c, Reader: c, Store: store, Reporter: reporter, Namespace: apitest.OperatorNamespace,
		Image: "example.gov/crier:1", PullPolicy: corev1.PullIfNotPresent, Hold: w.hold, Heart: w.heart, Clock: w.Clock,
	}
	w.sets = &subscriberset.Reconciler{Client: api, Reader: api, Namespace: apitest.OperatorNamespace, Clock: w.Clock, Recorder: recorder}
	w.lists = &mailinglist.Reconciler{Client: server.Client, Reader: api, Namespace: apitest.OperatorNamespace, Clock: w.Clock, Recorder: recorder}
	w.relays = &relay.Reconciler{Client: api, Reader: api, Namespace: apitest.OperatorNamespace, Clock: w.Clock, Recorder: recorder, Prober: reachable{}}
}

func (w *world) set(name string, people int) *crier.SubscriberSet {
	set := w.Inline(name, apitest.People(people)...)
	set.Labels = map[string]string{"part": "yes"}
	return set
}

// prepare steps the controllers of everything but Broadcasts.
func (w *world) prepare() {
	w.Helper()
	step := func(r ctrlreconcile.Reconciler, list client.ObjectList) {
		w.Helper()
		if err := api.List(w.Context(), list, client.InNamespace(w.NS)); err != nil {
			w.Fatal(err)
		}
		items, err := meta.ExtractList(list)
		if err != nil {
			w.Fatal(err)
		}
		for _, item := range items {
			obj, _ := item.(client.Object)
			w.Reconcile(r, obj)
		}
	}
	step(w.relays, &crier.RelayList{})
	step(w.sets, &crier.SubscriberSetList{})
	step(w.lists, &crier.MailingListList{})
}

func (w *world) tryBroadcast() (ctrl.Result, error) {
	return w.broadcasts.Reconcile(w.Context(), ctrl.Request{NamespacedName: client.ObjectKey{Namespace: w.NS, Name: "news"}})
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
	b := apitest.Get(w, "news", &crier.Broadcast{})
	w.Check(b)
	w.Expect(b, reason, words)
	return b
}

func (w *world) condition(b *crier.Broadcast, kind string, status bool, reason string) {
	w.Helper()
	c := meta.FindStatusCondition(b.Status.Conditions, kind)
	if c == nil || (c.Status == metav1.ConditionTrue) != status || c.Reason != reason {
		w.Errorf("condition %s is %+v, want %t %s", kind, c, status, reason)
	}
}

func (w *world) recordName() string { return names.RecordName(w.NS, "news") }

func (w *world) reportName(kind crier.ReportKind) string {
	return names.ReportRecordName(w.NS, "news", 1, kind)
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
