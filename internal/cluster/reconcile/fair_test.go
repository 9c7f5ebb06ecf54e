package reconcile

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

func requestOf(tenant string, n int) ctrl.Request {
	return ctrl.Request{NamespacedName: client.ObjectKey{Name: fmt.Sprintf("%s-%d", tenant, n)}}
}

func tenantOf(r ctrl.Request) string { tenant, _, _ := strings.Cut(r.Name, "-"); return tenant }

func newFairQueue(most int) workqueue.TypedRateLimitingInterface[ctrl.Request] {
	return FairQueue(tenantOf, most)("test", workqueue.NewTypedItemExponentialFailureRateLimiter[ctrl.Request](time.Second, time.Minute))
}

// Tenants come in turn, however much one of them has.
func TestTurns(t *testing.T) {
	q := newFairQueue(1)
	defer q.ShutDown()
	for n := range 100 {
		q.Add(requestOf("a", n))
	}
	q.Add(requestOf("b", 0))
	q.Add(requestOf("b", 1))
	q.Add(requestOf("c", 0))
	q.Add(requestOf("a", 0)) // again
	var got []string
	for range 6 {
		r, _ := q.Get()
		q.Done(r)
		got = append(got, r.Name)
	}
	if want := []string{"a-0", "b-0", "c-0", "a-1", "b-1", "a-2"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// One tenant never keeps all workers busy, and nothing is lost or done twice at
// a time: not even what comes while it is done.
func TestFairQueueUnderLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const workers, most = 8, 6
		q := newFairQueue(most)
		var mu sync.Mutex
		busy, runs, doing := map[string]int{}, map[string]int{}, map[string]bool{}
		var waited time.Duration
		var asked time.Time
		work := func() {
			for {
				r, over := q.Get()
				if over {
					return
				}
				tenant := tenantOf(r)
				mu.Lock()
				if busy[tenant]++; busy[tenant] > most || doing[r.Name] {
					t.Errorf("%d workers for %s, %s twice: %t", busy[tenant], tenant, r.Name, doing[r.Name])
				}
				doing[r.Name] = true
				runs[r.Name]++
				if tenant == "urgent" {
					waited = max(waited, time.Since(asked))
				}
				mu.Unlock()
				if tenant == "flood" {
					time.Sleep(2 * time.Second)
					q.AddAfter(r, 3*time.Second)
				}
				mu.Lock()
				busy[tenant]--
				delete(doing, r.Name)
				mu.Unlock()
				q.Forget(r)
				q.Done(r)
			}
		}
		var all sync.WaitGroup
		for range workers {
			all.Go(work)
		}
		for n := range 1000 {
			q.Add(requestOf("flood", n))
		}
		for n := range 20 {
			time.Sleep(7 * time.Second)
			mu.Lock()
			asked = time.Now()
			mu.Unlock()
			q.Add(requestOf("urgent", n))
		}
		time.Sleep(15 * time.Minute)
		q.ShutDown()
		all.Wait()
		if waited > 0 {
			t.Errorf("another tenant waited for %s", waited)
		}
		if len(runs) != 1020 {
			t.Errorf("%d of 1,020 were done at all", len(runs))
		}
		for name, n := range runs {
			if tenantOf(requestOf(name, 0)) == "flood" && n < 2 {
				t.Errorf("%s was done %d times", name, n)
			}
		}
	})
}
