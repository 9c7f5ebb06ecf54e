package gather

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	k8sruntime "k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/suppression"
)

// asked counts what is asked of the API server.
type asked struct {
	lists, gets atomic.Int64
	listing     func()
}

func newAsked(t *testing.T, objects ...client.Object) (*asked, client.WithWatch) {
	t.Helper()
	scheme := k8sruntime.NewScheme()
	if err := crier.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	a := &asked{listing: func() {}}
	return a, interceptor.NewClient(fake.NewClientBuilder().WithScheme(scheme).WithObjects(objects...).Build(), interceptor.Funcs{
		List: func(ctx context.Context, c client.WithWatch, list client.ObjectList, options ...client.ListOption) error {
			err := c.List(ctx, list, options...)
			if _, whole := list.(*crier.SuppressionList); !whole {
				a.lists.Add(1)
				a.listing()
			}
			return err
		},
		Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, obj client.Object, options ...client.GetOption) error {
			a.gets.Add(1)
			return c.Get(ctx, key, obj, options...)
		},
	})
}

func remembrance(name string) *crier.Suppression {
	return &crier.Suppression{
		ObjectMeta: metav1.ObjectMeta{Namespace: "hr", Name: name, UID: types.UID("uid-" + name)},
		Spec: crier.SuppressionSpec{
			Scope: crier.SuppressionScope{Kind: crier.ScopeNamespace}, Entries: []crier.SuppressionEntry{{Address: "ann@example.net"}},
		},
		Status: crier.SuppressionStatus{Roster: &crier.RosterStatus{Digest: "sha256:" + name}},
	}
}

// What is remembered is what is there, whatever changes, and only that is read.
func TestMemory(t *testing.T) {
	ctx := t.Context()
	a, api := newAsked(t, remembrance("a"), remembrance("b"), remembrance("c"))
	m, mail := &Memory{}, suppression.Mail{Namespace: "hr"}
	edit := func(change func(*crier.Suppression)) func() error {
		return func() error {
			s := &crier.Suppression{}
			if err := api.Get(ctx, client.ObjectKey{Namespace: "hr", Name: "b"}, s); err != nil {
				return err
			}
			change(s)
			return api.Update(ctx, s)
		}
	}
	for _, c := range []struct {
		name   string
		change func() error
		gets   int64
	}{
		{"at first", func() error { return nil }, 3},
		{"nothing changes", func() error { return nil }, 0},
		{"another roster", edit(func(s *crier.Suppression) { s.Status.Roster.Digest = "sha256:other" }), 1},
		{"another scope", edit(func(s *crier.Suppression) {
			s.Spec.Scope = crier.SuppressionScope{Kind: crier.ScopeList, Name: "staff"}
		}), 1},
		{"one more", func() error { return api.Create(ctx, remembrance("d")) }, 1},
		{"one less", func() error { return api.Delete(ctx, remembrance("a")) }, 0},
		{"made anew", func() error {
			again := remembrance("c")
			again.UID, again.Status.Roster = "another", nil
			if err := api.Delete(ctx, remembrance("c")); err != nil {
				return err
			}
			return api.Create(ctx, again)
		}, 1},
	} {
		if err := c.change(); err != nil {
			t.Fatal(err)
		}
		want, err := SuppressionsOf(ctx, api, "crier-system", mail)
		if err != nil {
			t.Fatal(err)
		}
		a.gets.Store(0)
		got, err := m.SuppressionsOf(ctx, api, "crier-system", mail)
		if err != nil {
			t.Fatal(err)
		}
		if got.Digest() != want.Digest() || got.Waits() != want.Waits() || a.gets.Load() != c.gets {
			t.Errorf("%s: %d were read, want %d; as it is: %t", c.name, a.gets.Load(), c.gets, got.Digest() == want.Digest())
		}
		for _, s := range m.namespace("hr").found {
			if s.Spec.Entries != nil {
				t.Errorf("%s: addresses are kept", c.name)
			}
		}
	}
}

// Of many who ask at once, one asks for all, and nobody gets an answer that was
// begun before they asked.
func TestMemoryAsksOnceForAll(t *testing.T) {
	a, api := newAsked(t, remembrance("a"))
	m, mail := &Memory{}, suppression.Mail{Namespace: "hr"}
	begun, goOn := make(chan struct{}), make(chan struct{})
	var first sync.Once
	a.listing = func() { first.Do(func() { close(begun); <-goOn }) }
	ask := func() string {
		g, err := m.SuppressionsOf(t.Context(), api, "hr", mail)
		if err != nil {
			return err.Error()
		}
		return fmt.Sprint(len(g.found))
	}
	var all sync.WaitGroup
	all.Go(func() { ask() })
	<-begun
	if err := api.Create(t.Context(), remembrance("b")); err != nil {
		t.Fatal(err)
	}
	var waiting atomic.Int64
	for range 20 {
		all.Go(func() {
			waiting.Add(1)
			if got := ask(); got != "2" {
				t.Errorf("found %s, though the second was there before it was asked", got)
			}
		})
	}
	for waiting.Load() < 20 {
		runtime.Gosched()
	}
	close(goOn)
	all.Wait()
	if n := a.lists.Load(); n > 5 {
		t.Errorf("%d listings for 21 who asked", n)
	}
}
