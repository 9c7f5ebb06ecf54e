package flow_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/testing/apitest"
)

// file stores a CSV file of people in a ConfigMap, be it there or not.
func (w *world) file(name string, people ...string) {
	w.Helper()
	data := "email,name\n"
	for _, p := range people {
		data += fmt.Sprintf("%s@example.net,%s\n", p, p)
	}
	cm := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: w.NS, Name: name}}
	if err := api.Get(w.Context(), client.ObjectKeyFromObject(cm), cm); err != nil {
		cm.Data = map[string]string{"people.csv": data}
		w.Create(cm)
		return
	}
	apitest.Edit(w, name, cm, func(c *corev1.ConfigMap) { c.Data = map[string]string{"people.csv": data} })
}

func filedIn(name string) *crier.CSVSource {
	return &crier.CSVSource{From: []crier.CSVObject{{ConfigMap: &crier.CSVKeys{Name: name}}}}
}

func excludes(names ...string) *crier.AudienceExclusion {
	out := &crier.AudienceExclusion{}
	for _, name := range names {
		out.SubscriberSets = append(out.SubscriberSets, crier.LocalReference{Name: name})
	}
	return out
}

// fromFiles is a world with a list that is read from files: staff without
// those who are away.
func fromFiles(t *testing.T) *world {
	w := bare(t)
	w.Create(w.Relay())
	w.file("staff", "ann", "bob", "left")
	w.file("away", "zoe")
	w.Create(w.FromCSV("staff", apitest.InConfigMap("staff")))
	w.Create(w.FromCSV("away", apitest.InConfigMap("away")))
	list := w.List()
	list.Spec.Audience.Exclude = excludes("away")
	w.Create(list)
	w.prepare()
	return w
}

func (w *world) goesTo(want ...string) {
	w.Helper()
	w.look(crier.ReasonSending, "")
	if got := w.frozenFor(); !slices.Equal(got, want) {
		w.Errorf("sent to %v, want %v", got, want)
	}
}

// Of files that are applied together with a Broadcast, no set may be used as
// it was before.
func TestFileThatHasJustChanged(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(w *world)
		words  string
		read   []string
		want   []string
	}{
		{"taken out", func(w *world) { w.file("staff", "ann", "new") }, "SubscriberSet staff is read from something that has just changed", []string{"staff"}, []string{"ann", "new"}},
		{"excluded", func(w *world) { w.file("away", "left", "zoe") }, "SubscriberSet away is read from", []string{"away"}, []string{"ann", "bob"}},
		{"file that is made anew", func(w *world) {
			w.Delete(&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: w.NS, Name: "staff"}})
			w.file("staff", "ann", "bob")
		}, "SubscriberSet staff is read from", []string{"staff"}, []string{"ann", "bob"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := fromFiles(t)
			c.change(w)
			w.Create(w.Broadcast())
			w.look(crier.ReasonSubscribersNotReady, c.words)
			for _, name := range c.read {
				w.readSet(name)
			}
			w.goesTo(c.want...)
		})
	}
}

func TestFileBelowAUnionThatHasJustChanged(t *testing.T) {
	w := fromFiles(t)
	w.Create(w.Union("inner", "staff"))
	w.prepare()
	w.Create(w.Union("outer", "inner"))
	apitest.Edit(w, "staff", &crier.MailingList{}, func(l *crier.MailingList) {
		l.Spec.Audience.SubscriberSets = []crier.LocalReference{{Name: "outer"}}
	})
	w.prepare()
	w.file("staff", "ann", "bob")
	w.Create(w.Broadcast())
	for _, next := range []string{"staff", "inner", "outer"} {
		w.look(crier.ReasonSubscribersNotReady, "SubscriberSet outer is a union of sets that have just changed")
		w.readSet(next)
	}
	w.goesTo("ann", "bob")
}

func TestFileOfASuppressionThatHasJustChanged(t *testing.T) {
	w := fromFiles(t)
	w.file("gone", "zoe")
	w.Create(&crier.Suppression{ObjectMeta: metav1.ObjectMeta{Namespace: w.NS, Name: "gone"}, Spec: crier.SuppressionSpec{
		Scope: crier.SuppressionScope{Kind: crier.ScopeNamespace}, Reason: crier.SuppressedManual, CSV: filedIn("gone"),
	}})
	w.readSuppressions("gone")
	w.file("gone", "left", "zoe")
	w.Create(w.Broadcast())
	w.look(crier.ReasonSuppressionNotReady, "gone reads files that have just changed")
	w.readSuppressions("gone")
	w.goesTo("ann", "bob")
}

// A sync that is held leaves the set in use; but what is held must be what the
// file says by now.
func TestHeldSetIsUsedOnceItsFileWasRead(t *testing.T) {
	w := fromFiles(t)
	tenth := int32(10)
	apitest.Edit(w, "staff", &crier.SubscriberSet{}, func(s *crier.SubscriberSet) {
		s.Spec.Guard = &crier.SubscriberGuard{MaxShrinkPercent: &tenth}
	})
	w.prepare()
	w.file("staff", "ann")
	w.readSet("staff")
	w.file("staff", "bob")
	w.Create(w.Broadcast())
	w.look(crier.ReasonSubscribersNotReady, "SubscriberSet staff is read from")
	w.readSet("staff")
	if set := apitest.Get(w, "staff", &crier.SubscriberSet{}); set.Status.Held == nil {
		t.Fatalf("nothing is held: %+v", set.Status)
	}
	w.goesTo("ann", "bob", "left")
}

// A file that is written all the time keeps nothing from being sent for ever.
func TestFileThatChangesAllTheTime(t *testing.T) {
	w := fromFiles(t)
	w.Create(w.Broadcast())
	write := func(i int) { w.file("away", "zoe", fmt.Sprint("x", i)) }
	write(0)
	w.look(crier.ReasonSubscribersNotReady, "is used from 09:02:00 UTC on")
	for i := range 3 {
		w.Advance(40 * time.Second)
		w.readSet("away")
		write(i + 1)
		if i < 2 {
			w.look(crier.ReasonSubscribersNotReady, "is used from 09:02:00 UTC on")
		}
	}
	w.goesTo("ann", "bob", "left")
}

// One that changes again long after it was sent for has a Broadcast wait anew.
func TestWaitingForFilesBeginsAnew(t *testing.T) {
	w := fromFiles(t)
	news := w.Broadcast()
	news.Spec.Suspend = true
	w.Create(news)
	w.file("away", "zoe", "left")
	w.look(crier.ReasonSubscribersNotReady, "is read from")
	w.readSet("away")
	w.look(crier.ReasonSuspended, "2 recipients")
	w.Advance(time.Hour)
	w.file("away", "zoe", "ann")
	w.look(crier.ReasonSubscribersNotReady, "is used from 10:02:00 UTC on")
}

// What is changed while recipients are written down counts: nobody who is
// taken out or excluded by then gets the message.
func TestChangedWhileItIsWrittenDown(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(w *world)
		then   func(w *world) // what controllers do
	}{
		{"file of a set", func(w *world) { w.file("staff", "ann", "bob") }, func(w *world) { w.readSet("staff") }},
		{"file of an excluded set", func(w *world) { w.file("away", "left", "zoe") }, func(w *world) { w.readSet("away") }},
		{"file that was read by then", func(w *world) { w.file("away", "left", "zoe"); w.readSet("away") }, func(*world) {}},
		{"exclusion of the list", func(w *world) {
			apitest.Edit(w, "staff", &crier.MailingList{}, func(l *crier.MailingList) { l.Spec.Audience.Exclude = excludes("away", "others") })
		}, func(w *world) { w.prepare() }},
		{"filter of the list", func(w *world) {
			apitest.Edit(w, "staff", &crier.MailingList{}, func(l *crier.MailingList) { l.Spec.Audience.Filter = `subscriber.name != "left"` })
			w.prepare()
		}, func(*world) {}},
		{"suppression", func(w *world) {
			w.suppress("gone", crier.SuppressionScope{Kind: crier.ScopeNamespace}, crier.SuppressedManual, "left@example.net")
		}, func(w *world) { w.readSuppressions("gone") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := fromFiles(t)
			w.Create(w.inline("others", person("left")))
			w.prepare()
			changed := false
			w.restart(interceptor.NewClient(api, interceptor.Funcs{
				Create: func(ctx context.Context, to client.WithWatch, obj client.Object, o ...client.CreateOption) error {
					if _, shard := obj.(*crier.DeliveryShard); shard && !changed {
						changed = true
						c.change(w)
					}
					return to.Create(ctx, obj, o...)
				},
			}))
			w.Create(w.Broadcast())
			b := w.look(crier.ReasonSubscribersNotReady, "changed while they were being stored")
			if w.record().State.Frozen != nil || b.Status.Sealed == nil {
				t.Fatalf("frozen %+v, sealed %+v", w.record().State.Frozen, b.Status.Sealed)
			}
			c.then(w)
			w.goesTo("ann", "bob")
		})
	}
}
