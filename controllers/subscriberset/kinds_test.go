package subscriberset

import (
	"context"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/gather"
)

// laterReader reads what a later release has written: the source is of a
// member that isn't known here, of which nothing is left.
type laterReader struct{ client.Reader }

func (r laterReader) Get(ctx context.Context, key client.ObjectKey, obj client.Object, opts ...client.GetOption) error {
	err := r.Reader.Get(ctx, key, obj, opts...)
	if set, ok := obj.(*crier.SubscriberSet); ok {
		set.Spec.Source = crier.SubscriberSource{}
	}
	return err
}

// A set of a kind of source that isn't known is never one without subscribers,
// also where it was one before: no more is left of both.
func TestAKindOfSourceThatIsNotKnown(t *testing.T) {
	w := newWorld(t)
	w.Create(&crier.SubscriberSet{
		ObjectMeta: metav1.ObjectMeta{Name: "staff"},
		Spec:       crier.SubscriberSetSpec{Source: crier.SubscriberSource{Inline: []crier.Subscriber{{Email: "ann@example.gov"}}}},
	})
	set, _ := w.step("staff")
	w.Expect(set, crier.ReasonReady, "1 subscriber")
	set.Spec.Source = crier.SubscriberSource{}
	if follows, err := gather.Follows(t.Context(), server.Client, set); follows || err != nil {
		t.Error("a Broadcast would be planned with it", err)
	}

	w.r.Reader = laterReader{server.Client}
	set, _ = w.step("staff")
	w.Expect(set, crier.ReasonInvalidSource, "doesn't know the kind of this source")
	if gather.SetReady(set) {
		t.Error("a Broadcast would be planned with it")
	}
	if set.Status.Subscribers != 1 {
		t.Errorf("it has %d subscribers now", set.Status.Subscribers)
	}
	w.r.Reader = server.Client // the later release is back
	set, _ = w.step("staff")
	w.Expect(set, crier.ReasonReady, "1 subscriber")
}
