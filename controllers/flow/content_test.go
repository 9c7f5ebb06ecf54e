package flow_test

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/testing/apitest"
	"crier.dev/crier/internal/writing/message"
)

// frozenMessage is what the senders of the Broadcast compose from.
func (w *world) frozenMessage() message.Frozen {
	w.Helper()
	frozen, _, err := w.records.Store.Message(w.Context(), w.record())
	if err != nil {
		w.Fatal(err)
	}
	return frozen
}

func TestMarkdownInATemplate(t *testing.T) {
	w := newWorld(t, 3)
	w.Create(&crier.MessageTemplate{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.NS, Name: "plain"},
		Spec: crier.MessageTemplateSpec{
			Parameters: []crier.TemplateParameter{{Name: "headline", Required: true}},
			HTML:       "<html lang=\"{{ .Language }}\"><body><h1>{{ .Values.headline }}</h1>{{ .Body }}<p>{{ .List.Name }}</p></body></html>",
		},
	})
	news := w.Broadcast()
	news.Spec.Content = crier.BroadcastContent{
		TemplateRef: &crier.TemplateReference{Name: "plain"}, Markdown: "Dear **{{ .Name }}**,\n\nhello.",
	}
	w.Create(news)
	w.look(crier.ReasonInvalidTemplate, "headline")
	apitest.Edit(w, "news", &crier.Broadcast{}, func(b *crier.Broadcast) {
		b.Spec.Content.Values = map[string]crier.TemplateValue{"headline": "Rock & roll {{ .Name }}"}
	})
	w.look(crier.ReasonSending, "")
	frozen := w.frozenMessage()
	composer, err := message.NewComposer(frozen)
	if err != nil {
		t.Fatal(err)
	}
	made, err := composer.Draft(nil, roster.Subscriber{Email: "ann@example.net", Name: "<b>Ann</b>"}, 0, 0, start)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"<strong>&lt;b&gt;Ann&lt;/b&gt;</strong>", "Rock &amp; roll &lt;b&gt;", "Dear <b>Ann</b>", "All Staff"} {
		if !strings.Contains(strings.ReplaceAll(string(made.Data), "=\r\n", ""), want) {
			t.Errorf("no %q in %s", want, made.Data)
		}
	}
}

func TestTemplateComesLater(t *testing.T) {
	w := newWorld(t, 3)
	news := w.Broadcast()
	news.Spec.Content = crier.BroadcastContent{TemplateRef: &crier.TemplateReference{Name: "later"}, Markdown: "Hello"}
	w.Create(news)
	w.look(crier.ReasonTemplateNotFound, "There is no MessageTemplate later in namespace "+w.NS)
	w.Create(&crier.MessageTemplate{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.NS, Name: "later"}, Spec: crier.MessageTemplateSpec{HTML: "<p>{{ .Body }}</p>"},
	})
	w.look(crier.ReasonSending, "")
}

// Attachments are read once, when the message is frozen, and kept beside it
// where they are large.
func TestAttachmentsAreFrozen(t *testing.T) {
	w := newWorld(t, 3)
	large := make([]byte, 600_000)
	for i := range large {
		large[i] = byte(rand.Uint32()) // can't be compressed
	}
	files := &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.NS, Name: "files"},
		Data:       map[string]string{"small.txt": "small"}, BinaryData: map[string][]byte{"large.pdf": large},
	}
	news := w.Broadcast()
	news.Spec.Content.Attachments = []crier.ContentAttachment{
		{Name: "large.pdf", ConfigMap: &crier.ObjectKey{Name: "files", Key: "large.pdf"}},
		{Name: "small.txt", ConfigMap: &crier.ObjectKey{Name: "files", Key: "small.txt"}},
		{Name: "secret.txt", Secret: &crier.ObjectKey{Name: "secret", Key: "text"}},
	}
	w.Create(news)
	w.look(crier.ReasonAttachmentNotFound, "There is no ConfigMap files")
	delete(files.Data, "small.txt")
	w.Create(files)
	w.look(crier.ReasonAttachmentNotFound, "ConfigMap files has no key small.txt, which is to be attached as small.txt")
	files.Data = map[string]string{"small.txt": ""} // which is there
	w.Update(files)
	w.look(crier.ReasonAttachmentNotFound, "There is no Secret secret")
	files.Data["small.txt"] = "small"
	w.Update(files)
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: w.NS, Name: "secret"}, Data: map[string][]byte{"text": []byte("hush")}}
	w.Create(secret)
	w.look(crier.ReasonSecretNotLabeled, "crier.dev/use=attachment")
	secret.Labels = map[string]string{crier.LabelUse: crier.UseAttachment}
	if err := api.Update(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	w.look(crier.ReasonSending, "")
	w.carry(w.recordName())

	frozen := w.frozenMessage()
	if len(frozen.Attachments) != 3 || !frozen.Attachments[0].Detached || string(frozen.Attachments[1].Data) != "small" || string(frozen.Attachments[2].Data) != "hush" {
		t.Fatalf("%d attachments, %+v", len(frozen.Attachments), frozen.Attachments[1:])
	}
	record := w.record()
	kept := &corev1.Secret{}
	name := names.FileSecretName(record.Name, record.State.Frozen.Attempt, 0)
	if err := api.Get(t.Context(), client.ObjectKey{Namespace: apitest.OperatorNamespace, Name: name}, kept); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(kept.Data[names.FileKey], large) {
		t.Error("the large file isn't kept as it was")
	}
	if record.State.Frozen.Files != 3 {
		t.Errorf("%d files in the record", record.State.Frozen.Files)
	}
}

func TestAttachmentsThatDontFit(t *testing.T) {
	w := newWorld(t, 3)
	w.Create(&corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.NS, Name: "files"},
		BinaryData: map[string][]byte{"a.pdf": bytes.Repeat([]byte{1}, 400_000), "b.pdf": bytes.Repeat([]byte{1}, 400_000)},
	})
	news := w.Broadcast()
	news.Spec.Content.Attachments = []crier.ContentAttachment{
		{Name: "a.pdf", ConfigMap: &crier.ObjectKey{Name: "files", Key: "a.pdf"}},
		{Name: "b.pdf", ConfigMap: &crier.ObjectKey{Name: "files", Key: "b.pdf"}},
	}
	w.Create(news)
	w.look(crier.ReasonInvalidAttachment, "a.pdf") // the relay takes 1,000,000 octets
}

// A test copy is a record of its own, once per token, while nothing else is
// sent.
func TestTestCopy(t *testing.T) {
	w := newWorld(t, 3)
	news := w.Broadcast()
	news.Spec.Suspend = true
	news.Spec.Test = &crier.BroadcastTest{Token: "one", Recipients: []crier.MailAddress{"boss@example.gov", "me@example.gov"}, As: crier.MailAddress(apitest.Email(1))}
	w.Create(news)
	b := w.look(crier.ReasonSuspended, "")
	if b.Status.Test == nil || b.Status.Test.Token != "one" || b.Status.Test.State != crier.ReportPending {
		t.Fatalf("test %+v", b.Status.Test)
	}
	name := names.TestRecordName(w.NS, "news", "one")
	frozen, _, err := w.records.Store.Message(t.Context(), w.recordOf(name))
	if err != nil || frozen.Subject != "[Test] News for {{.Name}}" {
		t.Errorf("subject %q, %v", frozen.Subject, err)
	}
	w.carry(name)
	w.carry(name)
	w.send(name, 10, accepted)
	w.endJob(name)
	w.carry(name)
	b = w.look(crier.ReasonSuspended, "")
	if b.Status.Test.State != crier.ReportSent || b.Status.Test.Totals.Accepted != 2 || b.Status.Sealed != nil {
		t.Errorf("test %+v, sealed %+v", b.Status.Test, b.Status.Sealed)
	}
	if record := w.record(); record.State.Stage != crier.RecordRegistered {
		t.Errorf("the Broadcast is %s", record.State.Stage)
	}

	// Created again, it isn't tested again; another token tests again.
	w.Delete(b)
	again := w.Broadcast()
	again.Spec.Suspend, again.Spec.Test = true, news.Spec.Test
	w.Create(again)
	attempt := w.recordOf(name).State.Frozen.Attempt
	w.look(crier.ReasonSuspended, "")
	if w.recordOf(name).State.Frozen.Attempt != attempt {
		t.Error("tested again under the same token")
	}
	apitest.Edit(w, "news", &crier.Broadcast{}, func(b *crier.Broadcast) { b.Spec.Test.Token, b.Spec.Test.As = "two", "nobody@example.net" })
	if b := w.look(crier.ReasonSuspended, ""); b.Status.Test.State != crier.ReportNotSent || !strings.Contains(b.Status.Test.Message, "not in the audience") {
		t.Errorf("test %+v", b.Status.Test)
	}
	apitest.Edit(w, "news", &crier.Broadcast{}, func(b *crier.Broadcast) { b.Spec.Test.As = "" })
	if b := w.look(crier.ReasonSuspended, ""); b.Status.Test.State != crier.ReportPending {
		t.Errorf("test %+v", b.Status.Test)
	}
	w.Advance(time.Minute)
}

// Whom no mail may go to gets no test either.
func TestTestCopyToTheSuppressed(t *testing.T) {
	w := newWorld(t, 3)
	w.suppress("legal", crier.SuppressionScope{Kind: crier.ScopeNamespace}, crier.SuppressedLegal, "boss@example.gov")
	w.readSuppressions("legal")
	news := w.Broadcast()
	news.Spec.Suspend = true
	news.Spec.Test = &crier.BroadcastTest{Token: "one", Recipients: []crier.MailAddress{"boss@example.gov"}}
	w.Create(news)
	if b := w.look(crier.ReasonSuspended, ""); b.Status.Test.State != crier.ReportNotSent || !strings.Contains(b.Status.Test.Message, "suppressed") {
		t.Errorf("test %+v", b.Status.Test)
	}
	apitest.Edit(w, "news", &crier.Broadcast{}, func(b *crier.Broadcast) {
		b.Spec.Test.Recipients = []crier.MailAddress{"me@example.gov", "boss@example.gov"}
	})
	b := w.look(crier.ReasonSuspended, "")
	if b.Status.Test.State != crier.ReportPending || b.Status.Test.Totals.Intended != 1 || !strings.Contains(b.Status.Test.Message, "1 of 2 addresses gets no copy") {
		t.Errorf("test %+v", b.Status.Test)
	}
}

// An image that isn't in the message would be a hole in every copy.
func TestImageIsMissing(t *testing.T) {
	w := newWorld(t, 3)
	news := w.Broadcast()
	news.Spec.Content = crier.BroadcastContent{HTML: `<img src="cid:logo" alt="Seal">`}
	w.Create(news)
	w.look(crier.ReasonInvalidMessage, "the HTML shows cid:logo, and no attachment has the contentID logo")
}
