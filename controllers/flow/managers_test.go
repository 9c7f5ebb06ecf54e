package flow_test

import (
	"context"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	crier "crier.dev/crier/api/v1alpha1"
)

// Two managers that both believe to lead freeze at the same time: one of
// them wins, whole.
func TestTwoManagersFreeze(t *testing.T) {
	w := newWorld(t, 40)
	w.Create(w.Broadcast())
	second, once := false, false
	w.restart(interceptor.NewClient(api, interceptor.Funcs{
		Create: func(ctx context.Context, c client.WithWatch, obj client.Object, o ...client.CreateOption) error {
			if _, isShard := obj.(*crier.DeliveryShard); isShard && !once {
				once = true
				first := w.broadcasts
				w.restart(api)
				_, err := w.tryBroadcast()
				second = err == nil && w.record().State.Frozen != nil
				w.broadcasts = first
			}
			return c.Create(ctx, obj, o...)
		},
	}))
	if _, err := w.tryBroadcast(); err != nil {
		t.Fatal(err)
	}
	if !second {
		t.Fatal("the second manager didn't freeze")
	}
	w.restart(api)
	w.look(crier.ReasonSending, "")
	w.carry(w.recordName())
	w.whole(40)
	if n := len(w.jobs(w.recordName())); n != 1 || w.attempts != 2 {
		t.Errorf("%d jobs after %d attempts", n, w.attempts)
	}
}
