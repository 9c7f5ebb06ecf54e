package flow_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/testing/apitest"
)

// Whoever applies a folder applies it in any order, and controllers look at
// any time. Never is a part of the audience frozen.
func TestAnyOrder(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 7))
			w := bare(t)
			list := w.List()
			list.Spec.Audience.SubscriberSets = []crier.LocalReference{{Name: "one"}, {Name: "two"}}
			two := w.set("two", 5)
			objects := []client.Object{w.Relay(), w.set("one", 3), two, list, w.Broadcast()}
			random.Shuffle(len(objects), func(i, j int) { objects[i], objects[j] = objects[j], objects[i] })
			for _, obj := range objects {
				w.Create(obj)
				for range random.IntN(3) {
					if random.IntN(2) == 0 {
						w.prepare()
					}
					if _, err := w.tryBroadcast(); err != nil {
						t.Fatal(err)
					}
					w.Advance(time.Duration(random.IntN(10)) * time.Second)
				}
			}
			for range 3 {
				w.prepare()
				if _, err := w.tryBroadcast(); err != nil {
					t.Fatal(err)
				}
			}
			record := w.stage(crier.RecordFrozen)
			if n := record.State.Frozen.Recipients; n != 5 || record.State.Audience.Duplicates != 3 {
				t.Errorf("%d recipients of 5, %+v", n, record.State.Audience)
			}
		})
	}
}

func TestWhatIsMissingIsNamed(t *testing.T) {
	w := bare(t)
	w.Create(w.Broadcast())
	b := w.look(crier.ReasonListNotFound, "There is no MailingList staff")
	if b.Status.Phase != crier.PhaseWaiting {
		t.Errorf("phase %s", b.Status.Phase)
	}
	w.Create(w.List())
	w.look(crier.ReasonListNotReady, "has just changed")
	w.prepare()
	w.look(crier.ReasonSenderNotAllowed, "No Relay")
	w.Create(w.Relay())
	w.prepare()
	w.look(crier.ReasonSubscribersNotReady, "There is no SubscriberSet staff yet")
	w.Create(w.set("staff", 3))
	w.look(crier.ReasonSubscribersNotReady, "is being read")
	w.prepare()
	w.look(crier.ReasonSending, "3 recipients")
}

func TestSelectionSettles(t *testing.T) {
	w := bare(t)
	w.Create(w.Relay())
	list := w.List()
	list.Spec.Audience = crier.Audience{Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"part": "yes"}}}
	w.Create(list)
	w.Create(w.set("one", 3))
	w.Create(w.Broadcast())
	w.prepare()
	w.look(crier.ReasonAudienceSettling, "1 set;")
	w.Advance(29 * time.Second)
	w.look(crier.ReasonAudienceSettling, "")
	w.Create(w.set("two", 5))
	w.look(crier.ReasonSubscribersNotReady, "two")
	w.prepare()
	w.Advance(10 * time.Second)
	w.look(crier.ReasonAudienceSettling, "2 sets")
	w.Advance(20 * time.Second)
	w.restart(api) // waits once more
	w.look(crier.ReasonAudienceSettling, "2 sets")
	w.Advance(30 * time.Second)
	w.look(crier.ReasonSending, "5 recipients")
}

// A set that changes after it was planned is not sent half.
func TestSetChangesBeforeTheFreeze(t *testing.T) {
	w := newWorld(t, 3)
	w.Create(w.Broadcast())
	apitest.Edit(w, "news", &crier.Broadcast{}, func(b *crier.Broadcast) { b.Spec.Suspend = true })
	b := w.look(crier.ReasonSuspended, "3 recipients")
	planned := b.Status.Audience.Digest
	apitest.Edit(w, "staff", &crier.SubscriberSet{}, func(s *crier.SubscriberSet) { s.Spec.Source.Inline = apitest.People(7) })
	w.look(crier.ReasonSubscribersNotReady, "has just changed")
	w.prepare()
	w.look(crier.ReasonSuspended, "7 recipients")
	apitest.Edit(w, "news", &crier.Broadcast{}, func(b *crier.Broadcast) { b.Spec.Suspend = false })
	b = w.look(crier.ReasonSending, "7 recipients")
	if b.Status.Audience.Digest == planned || w.record().State.Frozen.Digest != b.Status.Audience.Digest {
		t.Errorf("digest %s, planned %s, frozen %s", b.Status.Audience.Digest, planned, w.record().State.Frozen.Digest)
	}
}

func TestRosterIsGone(t *testing.T) {
	w := newWorld(t, 3)
	set := apitest.Get(w, "staff", &crier.SubscriberSet{})
	set.Status.Roster.Digest = "sha256:0000000000000000000000000000000000000000000000000000000000000000"
	if err := api.Status().Update(w.Context(), set); err != nil {
		t.Fatal(err)
	}
	w.Create(w.Broadcast())
	w.look(crier.ReasonSubscribersNotReady, "is being read again")
	w.prepare()
	w.look(crier.ReasonSending, "")
}
