package fair

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

func tenantOf(item string) string { tenant, _, _ := strings.Cut(item, "/"); return tenant }

func filled(most int, items ...string) *queue[string] {
	q := newQueue(most, tenantOf)
	for _, item := range items {
		q.Add(item)
	}
	return q
}

// take serves items until none is left.
func take(q *queue[string]) (served []string) {
	for q.Len() > 0 {
		item, _ := q.Get()
		served = append(served, item)
		q.Done(item)
	}
	return served
}

func TestTenantsInTurn(t *testing.T) {
	q := filled(1, "flood/1", "flood/2", "flood/3", "flood/4", "quiet/1", "other/1", "quiet/2", "flood/2")
	want := []string{"flood/1", "quiet/1", "other/1", "flood/2", "quiet/2", "flood/3", "flood/4"}
	if got := take(q); !slices.Equal(got, want) {
		t.Errorf("served %q, want %q", got, want)
	}
}

// However much one tenant adds, what another adds is next.
func TestFloodDelaysNobody(t *testing.T) {
	q := newQueue(2, tenantOf)
	for i := range 10_000 {
		q.Add("flood/" + strings.Repeat("x", i))
	}
	first, _ := q.Get()
	q.Add("urgent/1")
	second, _ := q.Get()
	third, _ := q.Get()
	if tenantOf(first) != "flood" || tenantOf(second) == tenantOf(third) {
		t.Errorf("served %.8s, %.8s, %.8s", first, second, third)
	}
}

func TestOneTenantLeavesWorkersToOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := filled(2, "large/1", "large/2", "large/3")
		one, _ := q.Get()
		two, _ := q.Get()
		got := make(chan string, 2)
		for range 2 {
			go func() {
				item, _ := q.Get()
				got <- item
			}()
		}
		synctest.Wait()
		if len(got) != 0 {
			t.Fatalf("a third worker has %s", <-got)
		}
		q.Add("small/1")
		synctest.Wait()
		if len(got) != 1 || <-got != "small/1" {
			t.Fatal("no worker for the other tenant")
		}
		q.Done(one)
		synctest.Wait()
		if len(got) != 1 || <-got != "large/3" {
			t.Fatal("a worker that is free doesn't go on")
		}
		q.Done(two)
	})
}

func TestOnceAndAgain(t *testing.T) {
	q := filled(2, "a/1", "a/1")
	item, _ := q.Get()
	if q.Len() != 0 {
		t.Error("served twice")
	}
	q.Add(item)
	q.Add(item)
	if q.Len() != 0 {
		t.Error("served by two workers")
	}
	q.Done(item)
	q.Done(item) // does nothing
	if got := take(q); !slices.Equal(got, []string{"a/1"}) {
		t.Errorf("again: %q", got)
	}
	if len(q.wanted)+len(q.working)+len(q.served)+len(q.waiting)+len(q.turns) != 0 {
		t.Errorf("something stays: %+v", q)
	}
}

func TestShutDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := filled(1, "a/1")
		item, _ := q.Get()
		q.Add(item)
		drained, ended := false, false
		go func() { q.ShutDownWithDrain(); drained = true }()
		synctest.Wait()
		q.Add("a/2")
		if !q.ShuttingDown() || q.Len() != 0 || drained {
			t.Errorf("closing %t, length %d, drained %t", q.ShuttingDown(), q.Len(), drained)
		}
		q.Done(item)
		take(q)
		go func() { _, ended = q.Get() }()
		synctest.Wait()
		if !drained || !ended {
			t.Errorf("drained %t, ended %t", drained, ended)
		}
	})
}

// The queue takes what a controller adds later, or after a failure.
func TestNewQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limiter := workqueue.NewTypedItemExponentialFailureRateLimiter[ctrl.Request](time.Second, time.Minute)
		q := NewQueue(2, ByNamespace)("test", limiter)
		r := ctrl.Request{NamespacedName: client.ObjectKey{Namespace: "a", Name: "b"}}
		q.AddRateLimited(r)
		start := time.Now()
		if got, _ := q.Get(); got != r || time.Since(start) != time.Second {
			t.Errorf("%v after %s", got, time.Since(start))
		}
		q.Done(r)
		q.AddAfter(r, time.Minute)
		if got, _ := q.Get(); got != r || time.Since(start) != 61*time.Second {
			t.Errorf("%v after %s", got, time.Since(start))
		}
		q.Done(r)
		q.ShutDown()
	})
}
