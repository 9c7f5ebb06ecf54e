package flow_test

import (
	"context"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/testing/apitest"
)

func suspended(b *crier.Broadcast) { b.Spec.Suspend = true }

// noRecord says that nothing is remembered of the Broadcast.
func (w *world) noRecord() {
	w.Helper()
	err := api.Get(w.Context(), client.ObjectKey{Name: w.recordName()}, &crier.DeliveryRecord{})
	if !apierrors.IsNotFound(err) {
		w.Fatalf("there is a record: %v", err)
	}
}

// What was never sealed goes with its Broadcast, and is as new as ever when that
// comes back.
func TestNothingIsKeptOfWhatWasNeverSealed(t *testing.T) {
	w := newWorld(t, 3)
	w.Create(w.with(suspended))
	w.look(crier.ReasonSuspended, "")
	w.stage(crier.RecordRegistered)
	w.Delete(apitest.Get(w, "news", &crier.Broadcast{}))
	again := w.carry(w.recordName()).RequeueAfter
	if again < 10*time.Minute || again > 11*time.Minute {
		t.Errorf("it is looked at again after %s", again)
	}
	w.Advance(9 * time.Minute)
	w.carry(w.recordName())
	w.Create(w.with(suspended)) // a client that replaces it
	w.look(crier.ReasonSuspended, "")
	w.carry(w.recordName())
	w.Advance(time.Hour)
	w.carry(w.recordName())
	w.stage(crier.RecordRegistered)

	w.Delete(apitest.Get(w, "news", &crier.Broadcast{}))
	w.carry(w.recordName())
	w.Advance(again)
	w.carry(w.recordName())
	w.noRecord()
	w.frozen()
	w.over(accepted)
	w.look(crier.ReasonSent, "100%")
}

// A Broadcast that comes back while its record goes isn't taken for one whose
// record is lost.
func TestComesBackWhileItsRecordGoes(t *testing.T) {
	w := newWorld(t, 3)
	w.Create(w.with(suspended))
	w.look(crier.ReasonSuspended, "")
	w.again()
	w.restart(interceptor.NewClient(api, interceptor.Funcs{
		Update: func(ctx context.Context, c client.WithWatch, obj client.Object, o ...client.UpdateOption) error {
			if record, ok := obj.(*crier.DeliveryRecord); ok {
				if err := c.Delete(ctx, record); client.IgnoreNotFound(err) != nil {
					return err
				}
			}
			return c.Update(ctx, obj, o...)
		},
	}))
	if _, err := w.tryBroadcast(); err != nil {
		t.Fatal(err)
	}
	w.noRecord()
	w.restart(api)
	w.look(crier.ReasonSending, "")
}
