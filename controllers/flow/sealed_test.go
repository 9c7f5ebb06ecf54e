package flow_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/client/declared"
	"crier.dev/crier/internal/client/preview"
	"crier.dev/crier/internal/cluster/reporting"
	"crier.dev/crier/internal/delivery/ledger"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/testing/apitest"
)

const layoutNamed = "layout"

// referring has a Broadcast that refers to a template and to a file.
func referring(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, 2)
	w.Create(w.template("approved"))
	w.Create(w.files("approved"))
	return w
}

func (w *world) template(word string) *crier.MessageTemplate {
	return &crier.MessageTemplate{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.NS, Name: layoutNamed},
		Spec:       crier.MessageTemplateSpec{HTML: "<html><body>" + word + " {{ .Body }}</body></html>"},
	}
}

func (w *world) files(word string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: w.NS, Name: "files"}, Data: map[string]string{"a.txt": word}}
}

// previewed is the hash that crier preview shows of a Broadcast in files.
func (w *world) previewed(news *crier.Broadcast, others ...client.Object) string {
	w.Helper()
	files := &declared.World{}
	for _, obj := range append(others, news) {
		kind, err := apiutil.GVKForObject(obj, server.Scheme)
		if err != nil {
			w.Fatal(err)
		}
		obj.GetObjectKind().SetGroupVersionKind(kind)
		tree, err := runtime.DefaultUnstructuredConverter.ToUnstructured(obj)
		if err == nil {
			err = files.Add(tree, nil)
		}
		if err != nil {
			w.Fatal(err)
		}
	}
	facts, _ := files.Facts(news)
	p, err := preview.Make(facts, roster.Subscriber{Email: "ann@example.net"}, w.Clock.Now())
	if err != nil {
		w.Fatal(err)
	}
	return p.Hash
}

func (w *world) referringNews() *crier.Broadcast {
	b := w.Broadcast()
	b.Spec.Content = crier.BroadcastContent{
		TemplateRef: &crier.TemplateReference{Name: layoutNamed}, Markdown: "x",
		Attachments: []crier.ContentAttachment{{Name: "a.txt", ConfigMap: &crier.ObjectKey{Name: "files", Key: "a.txt"}}},
	}
	return b
}

// sealed leads the Broadcast to where it is sealed, and no further: the quota of
// the namespace is used up.
func (w *world) sealed() *crier.Broadcast {
	w.Helper()
	w.restart(interceptor.NewClient(api, interceptor.Funcs{
		Create: func(ctx context.Context, c client.WithWatch, obj client.Object, o ...client.CreateOption) error {
			if _, secret := obj.(*corev1.Secret); secret {
				return errors.New("exceeded quota")
			}
			return c.Create(ctx, obj, o...)
		},
	}))
	w.Create(w.referringNews())
	if _, err := w.tryBroadcast(); err == nil {
		w.Fatal("it was frozen")
	}
	w.restart(api)
	w.stage(crier.RecordSealed)
	return apitest.Get(w, "news", &crier.Broadcast{})
}

func (w *world) setLayout(word string) {
	apitest.Edit(w, layoutNamed, &crier.MessageTemplate{}, func(x *crier.MessageTemplate) { x.Spec = w.template(word).Spec })
}

func (w *world) setFile(word string) {
	apitest.Edit(w, "files", &corev1.ConfigMap{}, func(x *corev1.ConfigMap) { x.Data["a.txt"] = word })
}

// What a sealed Broadcast refers to isn't sent when it is another by now: it is
// held until that is put back, and then what was sealed is sent.
func TestSealedMessageIsTheOneThatIsSent(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(w *world, word string)
	}{
		{"MessageTemplate layout", (*world).setLayout},
		{"ConfigMap files", (*world).setFile},
		{"MailingList staff", func(w *world, word string) {
			footer := "Changed."
			if word == "approved" {
				footer = ""
			}
			apitest.Edit(w, "staff", &crier.MailingList{}, func(l *crier.MailingList) { l.Spec.Footer = footer })
			w.prepare()
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := referring(t)
			before := w.sealed()
			c.change(w, "CHANGED")
			var after *crier.Broadcast
			for range 3 {
				after = w.look(crier.ReasonMessageChanged, "Nothing has been sent")
			}
			w.look(crier.ReasonMessageChanged, c.name)
			if w.record().State.Frozen != nil || *after.Status.Sealed != *before.Status.Sealed ||
				after.Status.MessageHash == before.Status.MessageHash || after.Status.Phase != crier.PhaseHeld {
				t.Errorf("sealed %+v, then %+v; the message %s, then %s (%s)", before.Status.Sealed, after.Status.Sealed,
					before.Status.MessageHash, after.Status.MessageHash, after.Status.Phase)
			}
			c.change(w, "approved")
			sent := w.look(crier.ReasonSending, "")
			frozen := w.frozenMessage()
			if !strings.Contains(frozen.HTML, "approved") || string(frozen.Attachments[0].Data) != "approved" || strings.Contains(frozen.Footer, "Changed") ||
				frozen.Hash != before.Status.Sealed.MessageHash || sent.Status.MessageHash != frozen.Hash {
				t.Errorf("sealed as %s, sent %s: %q with %q", before.Status.Sealed.MessageHash, frozen.Hash, frozen.HTML, frozen.Attachments[0].Data)
			}
		})
	}
}

// To create it again says that the message is to be sent as it is now: nothing
// was sent, and the new object promised nothing yet.
func TestSealedThenCreatedAgainTakesTheMessageAsItIs(t *testing.T) {
	w := referring(t)
	before := w.sealed()
	w.setLayout("CHANGED")
	w.look(crier.ReasonMessageChanged, "")
	w.Delete(before)
	w.Create(w.referringNews())
	b := w.look(crier.ReasonSending, "")
	frozen := w.frozenMessage()
	if !strings.Contains(frozen.HTML, "CHANGED") || b.Status.Sealed.MessageHash != frozen.Hash || frozen.Hash == before.Status.Sealed.MessageHash {
		t.Errorf("sealed %+v, sent %s: %q", b.Status.Sealed, frozen.Hash, frozen.HTML)
	}
}

// A record that was sealed before there was a hash goes on.
func TestSealedWithoutAHashGoesOn(t *testing.T) {
	w := referring(t)
	w.sealed()
	record := w.record()
	record.State.MessageHash = ""
	if err := api.Update(t.Context(), record); err != nil {
		t.Fatal(err)
	}
	w.setLayout("CHANGED")
	if b := w.look(crier.ReasonSending, ""); b.Status.Sealed.MessageHash == "" || b.Status.Sealed.MessageHash != w.frozenMessage().Hash {
		t.Errorf("sealed %+v", b.Status.Sealed)
	}
}

// Before it is sealed, a Broadcast shows the hash of what would be sent now, and
// a test copy that of what it is a copy of. The report names what was sent.
func TestMessageHashFollowsWhatWouldBeSent(t *testing.T) {
	w := referring(t)
	news := w.referringNews()
	news.Spec.Suspend = true
	news.Spec.Test = &crier.BroadcastTest{Token: "one", Recipients: []crier.MailAddress{"boss@example.gov"}}
	w.Create(news)
	first := w.look(crier.ReasonSuspended, "").Status
	if first.MessageHash == "" || first.Test.MessageHash != first.MessageHash {
		t.Errorf("the message %q, its test copy %q", first.MessageHash, first.Test.MessageHash)
	}
	if files := w.previewed(w.referringNews(), w.List(), w.template("approved"), w.files("approved")); files != first.MessageHash {
		t.Errorf("crier preview shows %s, status %s", files, first.MessageHash)
	}
	w.Advance(time.Minute)
	w.restart(api)
	if again := w.look(crier.ReasonSuspended, "").Status; again.MessageHash != first.MessageHash {
		t.Errorf("later %s, then %s", first.MessageHash, again.MessageHash)
	}
	w.setFile("CHANGED")
	second := w.look(crier.ReasonSuspended, "").Status
	if second.MessageHash == first.MessageHash || second.ContentHash != first.ContentHash || second.Test.MessageHash != first.MessageHash {
		t.Errorf("after a change of a file %s, its test copy %s", second.MessageHash, second.Test.MessageHash)
	}
	w.setLayout("{{ .Nonsense }}")
	if broken := w.look(crier.ReasonInvalidTemplate, "").Status; broken.MessageHash != "" {
		t.Errorf("there is no message, and its hash is %s", broken.MessageHash)
	}
	w.setLayout("approved")
	apitest.Edit(w, "news", &crier.Broadcast{}, func(b *crier.Broadcast) { b.Spec.Suspend = false })
	sent := w.look(crier.ReasonSending, "").Status
	if sent.MessageHash != second.MessageHash || sent.Sealed.MessageHash != sent.MessageHash {
		t.Errorf("sent %s, sealed %+v, want %s", sent.MessageHash, sent.Sealed, second.MessageHash)
	}
	w.setFile("changed after it was frozen")
	w.carry(w.recordName())
	w.over(accepted)
	if over := w.look(crier.ReasonSent, "").Status; over.MessageHash != sent.MessageHash {
		t.Errorf("at the end %s, want %s", over.MessageHash, sent.MessageHash)
	}
	report := apitest.Get(w, "news-report", &corev1.ConfigMap{})
	for _, key := range []string{reporting.JSONKey, reporting.SummaryKey} {
		if !strings.Contains(report.Data[key], sent.MessageHash) {
			t.Errorf("%s doesn't name %s:\n%s", key, sent.MessageHash, report.Data[key])
		}
	}
}

// The event of the message takes the place of that of its test copy, and is
// another one than that of the run before.
func TestEventOfATestCopyAndOfTheMessage(t *testing.T) {
	w := newWorld(t, 2)
	news := w.Broadcast()
	news.Spec.Suspend = true
	news.Spec.Content.Event = &crier.CalendarEvent{
		Start: metav1.Time{Time: start.Add(72 * time.Hour)}, End: metav1.Time{Time: start.Add(73 * time.Hour)}, Summary: "Fair",
	}
	news.Spec.Test = &crier.BroadcastTest{Token: "one", Recipients: []crier.MailAddress{"boss@example.gov"}}
	w.Create(news)
	w.look(crier.ReasonSuspended, "")
	test, _, err := w.records.Store.Message(t.Context(), w.recordOf(names.TestRecordName(w.NS, "news", "one")))
	if err != nil {
		t.Fatal(err)
	}
	w.Advance(time.Minute)
	apitest.Edit(w, "news", &crier.Broadcast{}, func(b *crier.Broadcast) { b.Spec.Suspend, b.Spec.Content.Event.Summary = false, "Great fair" })
	w.look(crier.ReasonSending, "")
	sent := w.frozenMessage()
	for property, want := range map[string]bool{"UID:": true, "SEQUENCE:": false, "DTSTAMP:": false, "SUMMARY:": false} {
		a, b := propertyOf(test.Calendar.Data, property), propertyOf(sent.Calendar.Data, property)
		if a == "" || (a == b) != want {
			t.Errorf("%s%s of the test copy, %s of the message", property, a, b)
		}
	}
	if len(test.Key) == 0 || len(sent.Key) == 0 || test.Key[0] == sent.Key[0] {
		t.Errorf("key %v of the test copy, %v of the message", test.Key, sent.Key)
	}
	w.carry(w.recordName())
	w.over(accepted)
	w.Advance(49 * time.Hour) // the name is free
	w.again(func(b *crier.Broadcast) {
		b.Spec.Content.Event, b.Spec.NotAfter = news.Spec.Content.Event, &metav1.Time{Time: w.Clock.Now().Add(time.Hour)}
	})
	w.look(crier.ReasonSending, "")
	if next := w.frozenMessage(); propertyOf(next.Calendar.Data, "UID:") == propertyOf(sent.Calendar.Data, "UID:") {
		t.Error("the event of another message takes the place of the first")
	}
}

func propertyOf(event []byte, name string) string {
	for line := range strings.SplitSeq(string(event), "\r\n") {
		if value, ok := strings.CutPrefix(line, name); ok {
			return value
		}
	}
	return ""
}

// Everybody was tried, and one mailbox was full until the deadline.
func TestDeadlineWithOneDeferredIsNotMissed(t *testing.T) {
	w := newWorld(t, 10)
	w.frozen()
	w.send(w.recordName(), 100, func(i int) ledger.Result {
		if i == 3 {
			return ends(i, crier.DeliveryDeferred, "Mailbox full")
		}
		return accepted(i)
	})
	w.endJob(w.recordName())
	w.carry(w.recordName())
	w.look(crier.ReasonRetrying, "1 recipient was deferred")
	w.Advance(48 * time.Hour)
	w.carry(w.recordName())
	b := w.look(crier.ReasonSentWithFailures, "90.0% of 10 recipients accepted, 0 failed, 1 expired")
	w.condition(b, crier.ConditionComplete, true, crier.ReasonSentWithFailures)
	w.condition(b, crier.ConditionFinished, true, crier.ReasonSentWithFailures)
	if b.Status.Phase != crier.PhaseSentWithFailures || b.Status.Totals.Deferred != 0 || b.Status.Totals.Expired != 1 {
		t.Errorf("%s with %+v", b.Status.Phase, b.Status.Totals)
	}
}
