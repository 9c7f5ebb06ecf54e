package flow_test

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/sharebook"
	"crier.dev/crier/internal/delivery/share"
)

// A book that is as it was before, or gone, doesn't know which shares are in
// force: nobody gets a new one until all of them are over.
func TestBookOfSharesThatIsSetBack(t *testing.T) {
	for name, restore := range map[string]bool{"set back": true, "deleted": false} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 300)
			record := w.begin("news")
			key := w.jobKey(sharebook.Name(crier.NamespacedReference{Namespace: w.NS, Name: "main"}))
			sharer := w.sharer()
			first := w.sender(record, 0)
			w.divide(sharer)
			was := &corev1.Secret{}
			must(t, api.Get(t.Context(), key, was))
			w.send(record, 10, accepted)
			w.carry(record)
			w.divide(sharer)
			given := w.rationOf(record, first)
			if given.Connections != 10 {
				t.Fatalf("got %+v", given)
			}
			now := &corev1.Secret{}
			must(t, api.Get(t.Context(), key, now))
			if restore {
				now.Data = was.Data
				must(t, api.Update(t.Context(), now))
			} else {
				w.Delete(now)
			}
			w.gone(first)
			next := w.sender(record, 0)
			for range 13 { // for 65 seconds
				w.divide(sharer)
				if g := w.rationOf(record, next); g.Connections > 0 {
					t.Fatalf("got %+v while that of another may be in force", g)
				}
				w.Advance(5 * time.Second)
			}
			w.Advance(share.Margin)
			w.divide(sharer)
			if g := w.rationOf(record, next); g.Connections != 10 || g.Seq <= given.Seq {
				t.Errorf("got %+v when it was over, after %+v", g, given)
			}
		})
	}
}
