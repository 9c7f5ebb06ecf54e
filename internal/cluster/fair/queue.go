// Package fair gives the workers of a controller to namespaces in turn, so that
// no tenant's work waits behind all of another's.
package fair

import (
	"sync"

	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
)

// NewQueue is for controller.Options. Requests are served by tenants in turn,
// and those of one tenant in the order in which they came; at most most workers
// work for one tenant at a time, so that one with large objects leaves some to
// others. tenant must be quick, and say the same of a request until that is
// done; nobody's requests ("") are one tenant's.
func NewQueue(most int, tenant func(ctrl.Request) string) func(string, workqueue.TypedRateLimiter[ctrl.Request]) workqueue.TypedRateLimitingInterface[ctrl.Request] {
	return func(name string, limiter workqueue.TypedRateLimiter[ctrl.Request]) workqueue.TypedRateLimitingInterface[ctrl.Request] {
		delaying := workqueue.NewTypedDelayingQueueWithConfig(workqueue.TypedDelayingQueueConfig[ctrl.Request]{
			Name: name, Queue: newQueue(most, tenant),
		})
		return workqueue.NewTypedRateLimitingQueueWithConfig(limiter, workqueue.TypedRateLimitingQueueConfig[ctrl.Request]{
			Name: name, DelayingQueue: delaying,
		})
	}
}

// ByNamespace is the tenant of a request for an object in a namespace.
func ByNamespace(r ctrl.Request) string { return r.Namespace }

// queue is a workqueue.TypedInterface: what is added twice is served once, and
// what is added while it is served is served again.
type queue[T comparable] struct {
	most   int
	tenant func(T) string

	mu      sync.Mutex
	changed *sync.Cond
	// turns are the tenants who have something waiting, next first.
	turns   []string
	waiting map[string][]T
	length  int
	// served is how many workers work for a tenant.
	served map[string]int
	// wanted are the items that wait, or have to be served again; working maps
	// those that are served to their tenant.
	wanted  map[T]bool
	working map[T]string
	closing bool
}

func newQueue[T comparable](most int, tenant func(T) string) *queue[T] {
	q := &queue[T]{
		most: max(most, 1), tenant: tenant,
		waiting: map[string][]T{}, served: map[string]int{}, wanted: map[T]bool{}, working: map[T]string{},
	}
	q.changed = sync.NewCond(&q.mu)
	return q
}

// Add implements workqueue.TypedInterface.
func (q *queue[T]) Add(item T) {
	tenant := q.tenant(item)
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closing || q.wanted[item] {
		return
	}
	q.wanted[item] = true
	if _, is := q.working[item]; is {
		return // when it is done
	}
	q.push(tenant, item)
}

func (q *queue[T]) push(tenant string, item T) {
	if len(q.waiting[tenant]) == 0 {
		q.turns = append(q.turns, tenant)
	}
	q.waiting[tenant] = append(q.waiting[tenant], item)
	q.length++
	q.changed.Signal()
}

// Get implements workqueue.TypedInterface: it waits for an item of the tenant
// whose turn it is.
func (q *queue[T]) Get() (item T, shutdown bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for {
		if item, ok := q.pop(); ok {
			return item, false
		}
		if q.closing && q.length == 0 {
			return item, true
		}
		q.changed.Wait()
	}
}

func (q *queue[T]) pop() (item T, ok bool) {
	for i, tenant := range q.turns {
		if q.served[tenant] >= q.most {
			continue
		}
		items := q.waiting[tenant]
		item = items[0]
		q.turns = append(q.turns[:i], q.turns[i+1:]...)
		if len(items) == 1 {
			delete(q.waiting, tenant)
		} else {
			q.waiting[tenant] = items[1:]
			q.turns = append(q.turns, tenant)
		}
		q.length--
		delete(q.wanted, item)
		q.working[item] = tenant
		q.served[tenant]++
		return item, true
	}
	return item, false
}

// Done implements workqueue.TypedInterface.
func (q *queue[T]) Done(item T) {
	q.mu.Lock()
	defer q.mu.Unlock()
	tenant, is := q.working[item]
	if !is {
		return
	}
	delete(q.working, item)
	if q.served[tenant]--; q.served[tenant] == 0 {
		delete(q.served, tenant)
	}
	if q.wanted[item] {
		q.push(tenant, item)
	}
	q.changed.Broadcast() // the tenant may have another one, or all is done
}

// Len implements workqueue.TypedInterface.
func (q *queue[T]) Len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.length
}

// ShutDown implements workqueue.TypedInterface.
func (q *queue[T]) ShutDown() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closing = true
	q.changed.Broadcast()
}

// ShutDownWithDrain implements workqueue.TypedInterface.
func (q *queue[T]) ShutDownWithDrain() {
	q.ShutDown()
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.working) > 0 || q.length > 0 {
		q.changed.Wait()
	}
}

// ShuttingDown implements workqueue.TypedInterface.
func (q *queue[T]) ShuttingDown() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.closing
}
