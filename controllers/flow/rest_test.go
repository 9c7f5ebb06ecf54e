package flow_test

import (
	"context"
	"testing"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	crier "crier.dev/crier/api/v1alpha1"
)

// requests counts what is asked of a client.
func requests(n *int) client.WithWatch {
	return interceptor.NewClient(api, interceptor.Funcs{
		Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, obj client.Object, options ...client.GetOption) error {
			*n++
			return c.Get(ctx, key, obj, options...)
		},
		List: func(ctx context.Context, c client.WithWatch, list client.ObjectList, options ...client.ListOption) error {
			*n++
			return c.List(ctx, list, options...)
		},
		Delete: func(ctx context.Context, c client.WithWatch, obj client.Object, options ...client.DeleteOption) error {
			*n++
			return c.Delete(ctx, obj, options...)
		},
	})
}

// A finished record is left alone until there is something to do: its detail is
// deleted after a week, and it goes 30 days after its Broadcast. Meanwhile it
// asks nothing of the API server.
func TestFinishedRecordsRest(t *testing.T) {
	w := newWorld(t, 3)
	w.frozen()
	name := w.recordName()
	w.over(accepted)
	w.look(crier.ReasonSent, "")
	after := w.carry(name).RequeueAfter
	if after < 6*24*time.Hour || after > 8*24*time.Hour {
		t.Errorf("looked at again after %s, want a week", after)
	}
	w.Advance(after)
	if after = w.carry(name).RequeueAfter; after < 24*time.Hour || w.record().State.CompactedAt == nil {
		t.Errorf("looked at again after %s: %+v", after, w.record().State.CompactedAt)
	}
	// The next manager has the Broadcast and the record in its cache.
	asked := 0
	w.restart(api)
	w.records.Reader = requests(&asked)
	w.records.Store.Reader = w.records.Reader
	if after = w.carry(name).RequeueAfter; after < 24*time.Hour || asked > 0 {
		t.Errorf("%d requests, and looked at again after %s", asked, after)
	}
	// The deletion of the Broadcast brings it back.
	w.Delete(w.Broadcast())
	after = w.carry(name).RequeueAfter
	if gone := w.record().State.GoneAt; gone == nil || after < 20*24*time.Hour || asked == 0 {
		t.Fatalf("gone since %v, looked at again after %s", gone, after)
	}
	w.Advance(after)
	w.carry(name)
	if err := api.Get(t.Context(), client.ObjectKey{Name: name}, &crier.DeliveryRecord{}); client.IgnoreNotFound(err) != nil || err == nil {
		t.Errorf("it is still there: %v", err)
	}
}

// While nothing of the suppressions changes, a look doesn't read them.
func TestALookReadsNoSuppressionAgain(t *testing.T) {
	w := newWorld(t, 3)
	w.suppress("out", crier.SuppressionScope{Kind: crier.ScopeNamespace}, crier.SuppressedManual, "p0001@example.net")
	w.readSuppressions("out")
	w.frozen()
	w.carry(w.recordName())
	read := 0
	w.records.Reader = interceptor.NewClient(api, interceptor.Funcs{
		Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, obj client.Object, options ...client.GetOption) error {
			if _, ok := obj.(*crier.Suppression); ok {
				read++
			}
			return c.Get(ctx, key, obj, options...)
		},
		List: func(ctx context.Context, c client.WithWatch, list client.ObjectList, options ...client.ListOption) error {
			if _, ok := list.(*crier.SuppressionList); ok {
				read++
			}
			return c.List(ctx, list, options...)
		},
	})
	w.carry(w.recordName())
	w.carry(w.recordName())
	if read > 0 {
		t.Errorf("read %d times", read)
	}
}
