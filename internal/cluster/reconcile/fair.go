package reconcile

import (
	"sync"

	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
)

// FairQueue makes a queue for several workers that is fair by tenant: whoever has
// something to do comes in turn, however much others have, and most is how many
// of the workers are busy with one tenant at a time. Within a tenant, first come,
// first served. tenant is asked when something is put in, and must be quick.
//
// The priority queue of controller-runtime isn't fair, and what was there when
// the manager began stays behind what came later for as long as it comes back by
// itself.
func FairQueue(tenant func(ctrl.Request) string, most int) func(string, workqueue.TypedRateLimiter[ctrl.Request]) workqueue.TypedRateLimitingInterface[ctrl.Request] {
	return func(name string, limiter workqueue.TypedRateLimiter[ctrl.Request]) workqueue.TypedRateLimitingInterface[ctrl.Request] {
		turns := &turns{tenant: tenant, most: most, of: map[string]*waiting{}, busy: map[ctrl.Request]string{}}
		queue := &fairQueue{TypedInterface: workqueue.NewTypedWithConfig(workqueue.TypedQueueConfig[ctrl.Request]{Name: name, Queue: turns}), turns: turns}
		return workqueue.NewTypedRateLimitingQueueWithConfig(limiter, workqueue.TypedRateLimitingQueueConfig[ctrl.Request]{
			DelayingQueue: workqueue.NewTypedDelayingQueueWithConfig(workqueue.TypedDelayingQueueConfig[ctrl.Request]{Queue: queue}),
		})
	}
}

// fairQueue tells turns when a worker is done.
type fairQueue struct {
	workqueue.TypedInterface[ctrl.Request]
	turns *turns
}

// Done comes from the worker that takes the next one right after it. So a tenant
// of whom enough workers were busy needs nobody else to be woken.
func (q *fairQueue) Done(item ctrl.Request) {
	q.turns.done(item)
	q.TypedInterface.Done(item)
}

// turns is the order in which requests are taken.
type turns struct {
	tenant func(ctrl.Request) string
	most   int

	mu    sync.Mutex
	of    map[string]*waiting
	order []string // of tenants who have something to do, who is next first
	busy  map[ctrl.Request]string
}

// waiting is what a tenant has to do, and how many workers are busy with more.
type waiting struct {
	items []ctrl.Request
	busy  int
}

// Touch does nothing: what comes again keeps its place.
func (t *turns) Touch(ctrl.Request) {}

// Push adds a request behind those of its tenant.
func (t *turns) Push(item ctrl.Request) {
	name := t.tenant(item)
	t.mu.Lock()
	defer t.mu.Unlock()
	w := t.of[name]
	if w == nil {
		w = &waiting{}
		t.of[name] = w
	}
	if len(w.items) == 0 {
		t.order = append(t.order, name)
	}
	w.items = append(w.items, item)
}

// Len is how many requests a worker may take now.
func (t *turns) Len() (n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, name := range t.order {
		w := t.of[name]
		n += max(0, min(len(w.items), t.most-w.busy))
	}
	return n
}

// Pop takes the first request of the tenant whose turn it is, who then comes
// last. There is one, see Len.
func (t *turns) Pop() (item ctrl.Request) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, name := range t.order {
		w := t.of[name]
		if w.busy >= t.most {
			continue
		}
		item, w.items = w.items[0], w.items[1:]
		w.busy++
		t.busy[item] = name
		t.order = append(t.order[:i], t.order[i+1:]...)
		if len(w.items) > 0 {
			t.order = append(t.order, name)
		}
		return item
	}
	return item
}

func (t *turns) done(item ctrl.Request) {
	t.mu.Lock()
	defer t.mu.Unlock()
	name, known := t.busy[item]
	if !known {
		return
	}
	delete(t.busy, item)
	w := t.of[name]
	if w.busy--; w.busy == 0 && len(w.items) == 0 {
		delete(t.of, name)
	}
}
