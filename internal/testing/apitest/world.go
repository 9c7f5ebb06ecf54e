package apitest

import (
	"testing"
	"time"

	"k8s.io/client-go/tools/events"
	clocktesting "k8s.io/utils/clock/testing"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	ctrlreconcile "sigs.k8s.io/controller-runtime/pkg/reconcile"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/reconcile"
)

// Start is what the clock of a World shows at first.
var Start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// World is one test's part of a Server: a namespace, a clock that the test
// moves, and the events that were told. It is the test itself, so that what
// goes wrong ends it.
type World struct {
	*testing.T
	// NS is the namespace; no other test has it.
	NS string
	// Domain is one for the addresses of lists, which are unique in a cluster.
	Domain string
	Clock  *clocktesting.FakePassiveClock
	// Events are those that reconcilers with the Recorder told, in order.
	Events chan string
	// Never are words that no status may show: a password, an "@".
	Never []string

	client client.Client
}

// NewWorld makes the World of a test.
func (s *Server) NewWorld(t *testing.T) *World {
	t.Helper()
	w := &World{T: t, NS: s.Namespace(t, nil), Events: make(chan string, 10_000), client: s.Client}
	w.Domain = w.NS + ".example.gov"
	w.Clock = clocktesting.NewFakePassiveClock(Start)
	return w
}

// Recorder is for the reconcilers of the World.
func (w *World) Recorder() events.EventRecorder { return &events.FakeRecorder{Events: w.Events} }

// Told takes the events that were told since the last call.
func (w *World) Told() (told []string) {
	for len(w.Events) > 0 {
		told = append(told, <-w.Events)
	}
	return told
}

// Advance moves the clock.
func (w *World) Advance(d time.Duration) { w.Clock.SetTime(w.Clock.Now().Add(d)) }

// Key is that of an object of the World's namespace.
func (w *World) Key(name string) client.ObjectKey {
	return client.ObjectKey{Namespace: w.NS, Name: name}
}

// Create creates objects, in the World's namespace unless they say another.
func (w *World) Create(objects ...client.Object) {
	w.Helper()
	for _, obj := range objects {
		if _, ofCluster := obj.(*crier.DeliveryRecord); obj.GetNamespace() == "" && !ofCluster {
			obj.SetNamespace(w.NS)
		}
		if err := w.client.Create(w.Context(), obj); err != nil {
			w.Fatal(err)
		}
	}
}

// Update writes obj over whatever is there.
func (w *World) Update(obj client.Object) {
	w.Helper()
	now, _ := obj.DeepCopyObject().(client.Object)
	if err := w.client.Get(w.Context(), client.ObjectKeyFromObject(obj), now); err != nil {
		w.Fatal(err)
	}
	obj.SetResourceVersion(now.GetResourceVersion())
	if err := w.client.Update(w.Context(), obj); err != nil {
		w.Fatal(err)
	}
}

// UpdateStatus writes the status of obj, as somebody else might.
func (w *World) UpdateStatus(obj client.Object) {
	w.Helper()
	if err := w.client.Status().Update(w.Context(), obj); err != nil {
		w.Fatal(err)
	}
}

// Delete deletes an object.
func (w *World) Delete(obj client.Object) {
	w.Helper()
	if err := w.client.Delete(w.Context(), obj); err != nil {
		w.Fatal(err)
	}
}

// In is a World, or what a package makes of one by embedding it.
type In interface {
	testing.TB
	world() *World
}

func (w *World) world() *World { return w }

// Get reads an object of the World's namespace into a value of its kind.
func Get[T client.Object](in In, name string, into T) T {
	in.Helper()
	w := in.world()
	if err := w.client.Get(w.Context(), w.Key(name), into); err != nil {
		w.Fatal(err)
	}
	return into
}

// TryEdit changes an object of the World's namespace, and returns what the
// server has against it.
func TryEdit[T client.Object](in In, name string, into T, change func(T)) error {
	in.Helper()
	change(Get(in, name, into))
	w := in.world()
	return w.client.Update(w.Context(), into)
}

// Edit changes an object of the World's namespace.
func Edit[T client.Object](in In, name string, into T, change func(T)) {
	in.Helper()
	if err := TryEdit(in, name, into, change); err != nil {
		in.Fatal(err)
	}
}

// Step has an object reconciled once and reads it into obj anew. The status
// must be one that generic tools understand, and show none of Never.
func (w *World) Step(r ctrlreconcile.Reconciler, obj client.Object) ctrl.Result {
	w.Helper()
	result := w.Reconcile(r, obj)
	if err := w.client.Get(w.Context(), client.ObjectKeyFromObject(obj), obj); err != nil {
		w.Fatal(err)
	}
	w.Check(obj)
	return result
}

// Reconcile has an object reconciled once, which may be gone by now.
func (w *World) Reconcile(r ctrlreconcile.Reconciler, obj client.Object) ctrl.Result {
	w.Helper()
	result, err := r.Reconcile(w.Context(), ctrl.Request{NamespacedName: client.ObjectKeyFromObject(obj)})
	if err != nil {
		w.Fatal(err)
	}
	return result
}

// Settle gives an object the conditions of a verdict, as its controller would.
func (w *World) Settle(obj client.Object, v reconcile.Verdict) {
	w.Helper()
	s := statusOf(obj)
	*s.observed = obj.GetGeneration()
	*s.conditions = reconcile.Conditions(nil, obj.GetGeneration(), v, Start)
	if err := reconcile.Apply(w.Context(), w.client, obj); err != nil {
		w.Fatal(err)
	}
}
