package flow_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/ledgerstore"
	"crier.dev/crier/internal/recipients/audience"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/testing/apitest"
)

// countsRosters counts the parts of rosters that are read.
func countsRosters(n *int) client.WithWatch {
	return interceptor.NewClient(api, interceptor.Funcs{
		Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, obj client.Object, o ...client.GetOption) error {
			if _, ok := obj.(*corev1.Secret); ok && strings.HasPrefix(key.Name, "roster-") {
				*n++
			}
			return c.Get(ctx, key, obj, o...)
		},
	})
}

// A Broadcast that waits is looked at whenever anything changes that it may be
// waiting for. Rosters are only read again when that makes a difference.
func TestWaitingReadsRostersOnce(t *testing.T) {
	w := newWorld(t, 40)
	var reads int
	w.restart(countsRosters(&reads))
	news := w.Broadcast()
	news.Spec.SendAt = &metav1.Time{Time: start.Add(time.Hour)}
	w.Create(news)
	wants := func(what string, want int, people string) {
		t.Helper()
		w.prepare()
		reads = 0
		w.look(crier.ReasonScheduled, ", to "+people+" recipients.")
		if reads != want {
			t.Errorf("%s: %d parts read, want %d", what, reads, want)
		}
	}
	wants("first look", 1, "40")
	wants("nothing has changed", 0, "40")
	apitest.Edit(w, "staff", &crier.MailingList{}, func(l *crier.MailingList) {
		l.Spec.Owners = append(l.Spec.Owners, "other@example.gov")
	})
	wants("another owner", 0, "40")
	apitest.Edit(w, "staff", &crier.SubscriberSet{}, func(s *crier.SubscriberSet) { s.Spec.Source.Inline = apitest.People(41) })
	wants("another subscriber", 1, "41")
	apitest.Edit(w, "news", &crier.Broadcast{}, func(b *crier.Broadcast) { b.Spec.Content.Text = "Something else" })
	wants("another text", 1, "41")
	w.restart(countsRosters(&reads))
	wants("a new manager", 1, "41")
	if w.keys != 0 {
		t.Errorf("%d keys were drawn for a message that isn't sealed", w.keys)
	}
	w.Advance(time.Hour)
	reads = 0
	w.look(crier.ReasonSending, "41 recipients")
	if reads != 1 {
		t.Errorf("%d parts read by the freeze", reads)
	}
	if key := w.frozenMessage().Key; w.keys != 1 || key[0] != 1 {
		t.Errorf("%d keys were drawn; the message has %v", w.keys, key)
	}
}

// whileWriting changes something as soon as the message is written down.
func whileWriting(change func()) client.WithWatch {
	return interceptor.NewClient(api, interceptor.Funcs{
		Create: func(ctx context.Context, c client.WithWatch, obj client.Object, o ...client.CreateOption) error {
			if obj.GetLabels()[crier.LabelComponent] == crier.ComponentMessage {
				change()
			}
			return c.Create(ctx, obj, o...)
		},
	})
}

func TestRosterGoesWhileItIsWrittenDown(t *testing.T) {
	w := newWorld(t, 40)
	w.Create(w.Broadcast())
	w.restart(whileWriting(func() {
		err := api.DeleteAllOf(t.Context(), &corev1.Secret{}, client.InNamespace(apitest.OperatorNamespace),
			client.MatchingLabels{crier.LabelComponent: crier.ComponentRoster})
		must(t, err)
	}))
	w.look(crier.ReasonSubscribersNotReady, "changed while they were being stored")
	if w.record().State.Frozen != nil {
		t.Fatal("it is frozen")
	}
	apitest.Edit(w, "staff", &crier.SubscriberSet{}, func(s *crier.SubscriberSet) { s.Spec.Source.Inline = apitest.People(41) })
	w.prepare()
	w.restart(api)
	w.look(crier.ReasonSending, "41 recipients")
	w.carry(w.recordName())
	w.carry(w.recordName())
	w.whole(41)
}

func TestOnlyWhatWasPlannedIsFrozen(t *testing.T) {
	w := newWorld(t, 1)
	news := w.Broadcast()
	news.Spec.SendAt = &metav1.Time{Time: start.Add(time.Hour)}
	w.Create(news)
	w.look(crier.ReasonScheduled, "")
	people := func() *audience.Audience {
		rows, err := roster.Of([]roster.Subscriber{{Email: "a@example.net"}, {Email: "b@example.net"}})
		must(t, err)
		return audience.New(rows)
	}
	known := people()
	for _, err := known.Next(); err == nil; _, err = known.Next() {
	}
	right := known.Summary()
	fewer, others := right, right
	fewer.Recipients--
	others.Digest = "sha256:others"
	for _, planned := range []audience.Summary{fewer, others} {
		record := w.record()
		err := w.broadcasts.Store.Freeze(t.Context(), record, ledgerstore.Content{Recipients: people(), Planned: &planned})
		if !errors.Is(err, ledgerstore.ErrNotAsPlanned) || w.record().State.Frozen != nil {
			t.Errorf("planned %+v, found %+v: %v", planned, right, err)
		}
	}
	must(t, w.broadcasts.Store.Freeze(t.Context(), w.record(), ledgerstore.Content{Recipients: people(), Planned: &right}))
	if frozen := w.record().State.Frozen; frozen == nil || frozen.Digest != right.Digest || frozen.Recipients != 2 {
		t.Errorf("frozen %+v", frozen)
	}
}

// It is not the first message that counts but the largest.
func TestOneMessageTooLarge(t *testing.T) {
	w := bare(t)
	limit := int64(20_000)
	relay := w.Relay()
	relay.Spec.Limits.MaxMessageBytes = &limit
	w.Create(relay)
	set := w.set("staff", 20)
	set.Spec.Source.Inline[13].Name = strings.Repeat("x", 200)
	w.Create(set)
	w.Create(w.List())
	w.prepare()
	news := w.Broadcast()
	news.Spec.Content.Text = strings.Repeat("Dear {{ .Name }},\n", 100)
	w.Create(news)
	w.look(crier.ReasonMessageTooLarge, "the Relay accepts 20,000")
	apitest.Edit(w, "staff", &crier.SubscriberSet{}, func(s *crier.SubscriberSet) { s.Spec.Source.Inline[13].Name = "x" })
	w.prepare()
	w.look(crier.ReasonSending, "20 recipients")
}
