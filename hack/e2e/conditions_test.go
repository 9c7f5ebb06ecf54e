//go:build e2e

package e2e

import (
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/testing/smtptest"
)

// badRows are rows that can't be used, each in its own way.
var badRows = []string{
	`no-at-sign,A,x`,
	`two@@example.org,A,x`,
	`@example.org,A,x`,
	`local@,A,x`,
	`sp ace@example.org,A,x`,
	`dot..dot@example.org,A,x`,
	`.first@example.org,A,x`,
	`last.@example.org,A,x`,
	`a@-example.org,A,x`,
	`a@exa_mple..org,A,x`,
	`,A,x`,
	`   ,A,x`,
	`"Name" <a@example.org>,A,x`,
	`a@example.org;b@example.org,A,x`,
	"a\x01b@example.org,A,x",
	strings.Repeat("l", 65) + `@example.org,A,x`,
	`a@` + strings.Repeat("d", 64) + `.example.org,A,x`,
	`a@` + strings.Repeat("long.", 60) + `org,A,x`,
	`mailto:x@example.org@,A,x`,
	`too,many,columns,here,now`,
}

func testBadRows(t *testing.T) {
	w := newWorld(t, smtptest.Script{})
	w.create(w.relay(password), w.list(setName))
	rows := w.rows(0, 10) + strings.Join(badRows, "\n") + "\n" + w.rows(10, 10) + strings.ToUpper(w.rows(3, 1))
	w.people(setName, rows)
	set := &crier.SubscriberSet{ObjectMeta: w.meta(setName)}
	w.until(set, crier.ConditionReady, metav1.ConditionTrue, "")
	got := set.Status
	for _, row := range got.RejectedRows {
		w.Logf("line %d: %s (%s)", row.Line, row.Reason, row.Excerpt)
		if row.Reason == "" || row.Line < 12 || row.Line > 11+int64(len(badRows)) {
			w.Errorf("a rejected row without reason or place: %+v", row)
		}
	}
	if got.Subscribers != 20 || got.Rejected != int64(len(badRows)) || got.Duplicates != 1 || len(got.RejectedRows) != len(badRows) {
		w.Errorf("subscribers %d, rejected %d (%d listed), duplicates %d", got.Subscribers, got.Rejected, len(got.RejectedRows), got.Duplicates)
	}
	w.create(w.broadcast("to-the-good"))
	w.accounted(w.finished("to-the-good"), 20, 0)
}

func testBrokenTemplate(t *testing.T) {
	w := newWorld(t, smtptest.Script{})
	w.standard(5)
	b := w.broadcast("typo")
	b.Spec.Content.Text = "Hello,\n\ndear {{ .Naem }}\n"
	w.create(b)
	c := w.until(b, crier.ConditionStalled, metav1.ConditionTrue, crier.ReasonInvalidTemplate)
	for _, word := range []string{"line 3", "Naem", "Name"} {
		if !strings.Contains(c.Message, word) {
			w.Errorf("%q lacks %q", c.Message, word)
		}
	}
	w.silent()
	patch(w, b, func(b *crier.Broadcast) { b.Spec.Content.Text = "Hello,\n\ndear {{ .Name }}\n" })
	w.accounted(w.finished("typo"), 5, 0)
}

func testHostileTemplate(t *testing.T) {
	w := newWorld(t, smtptest.Script{})
	w.standard(2)
	for name, text := range map[string]string{
		"loops":    `{{ range $i := 1000000000 }}x{{ end }}`,
		"balloons": `{{ printf "%300000000d" 1 }}`,
		"recurses": `{{ define "a" }}{{ template "a" . }}{{ end }}{{ template "a" . }}`,
		"calls":    `{{ call .Name }}`,
	} {
		b := w.broadcast(name)
		b.Spec.Content.Text = text
		w.create(b)
		w.Log(w.until(b, crier.ConditionStalled, metav1.ConditionTrue, crier.ReasonInvalidTemplate).Message)
	}
	w.silent()
}

func testPasswordRefused(t *testing.T) {
	w := newWorld(t, smtptest.Script{})
	relay := w.relay("wrong")
	w.create(relay, w.list(setName), w.broadcast("patient"))
	w.people(setName, w.rows(0, 5))
	message := w.notReady(relay, crier.ReasonAuthenticationFailed)
	if strings.Contains(message, "wrong") {
		w.Errorf("the password is in the message: %s", message)
	}
	w.Log(message, "/", w.notReady(w.broadcast("patient"), ""))
	w.silent()
	patch(w, &corev1.Secret{ObjectMeta: w.meta("login")}, func(s *corev1.Secret) { s.Data["password"] = []byte(password) })
	w.accounted(w.finished("patient"), 5, 0)
}

func testRelaySilent(t *testing.T) {
	silent := smtptest.Script{Rules: []smtptest.Rule{{Phase: smtptest.Connect, Delay: smtptest.Duration(5 * time.Minute)}}}
	w := newWorld(t, silent)
	w.standard(5)
	w.create(w.broadcast("patient"))
	w.Log(w.notReady(&crier.Relay{ObjectMeta: w.meta(relayName)}, crier.ReasonRelayUnreachable))
	w.Log(w.notReady(w.broadcast("patient"), ""))
	w.must(w.catcher.SetScript(w.ctx, smtptest.Script{}))
	w.accounted(w.finished("patient"), 5, 0)
}

func testNoSubscribers(t *testing.T) {
	w := newWorld(t, smtptest.Script{})
	w.standard(0)
	b := w.broadcast("nobody")
	w.create(b)
	w.Log(w.notReady(b, crier.ReasonAudienceEmpty))
	patch(w, &corev1.ConfigMap{ObjectMeta: w.meta(setName)}, func(c *corev1.ConfigMap) { c.Data["people.csv"] += w.rows(0, 7) })
	w.accounted(w.finished("nobody"), 7, 0)
}

func testSetMissing(t *testing.T) {
	w := newWorld(t, smtptest.Script{})
	w.create(w.relay(password), w.list(setName, "contractors"), w.broadcast("both"))
	w.people(setName, w.rows(0, 5))
	message := w.notReady(w.broadcast("both"), crier.ReasonSubscribersNotReady)
	if !strings.Contains(message, "contractors") {
		w.Errorf("the message doesn't name the set: %s", message)
	}
	w.until(&crier.SubscriberSet{ObjectMeta: w.meta(setName)}, crier.ConditionReady, metav1.ConditionTrue, "")
	w.silent()
	w.people("contractors", w.rows(5, 4)+w.rows(0, 2))
	w.accounted(w.finished("both"), 9, 0)
}

func testSenderNotGranted(t *testing.T) {
	w := newWorld(t, smtptest.Script{})
	relay := w.relay(password)
	relay.Spec.Grants[0].Domains = []string{"other.example.org"}
	w.create(relay, w.list(setName), w.broadcast("forged"))
	w.people(setName, w.rows(0, 5))
	message := w.notReady(&crier.MailingList{ObjectMeta: w.meta(listName)}, crier.ReasonSenderNotAllowed)
	w.Log(message, "/", w.notReady(w.broadcast("forged"), crier.ReasonSenderNotAllowed))
	w.silent()
	patch(w, relay, func(r *crier.Relay) { r.Spec.Grants[0].Domains = []string{w.domain} })
	w.accounted(w.finished("forged"), 5, 0)
}

func testAddressTaken(t *testing.T) {
	w := newWorld(t, smtptest.Script{})
	w.standard(3)
	w.until(&crier.MailingList{ObjectMeta: w.meta(listName)}, crier.ConditionReady, metav1.ConditionTrue, "")
	second := w.list(setName)
	second.Name = "zweite"
	b := w.broadcast("claims")
	b.Spec.ListRef.Name = second.Name
	w.create(second, b)
	w.Log(w.notReady(second, crier.ReasonAddressTaken), "/", w.notReady(b, crier.ReasonAddressTaken))
	w.silent()
	w.must(kube.Client.Delete(w.ctx, &crier.MailingList{ObjectMeta: w.meta(listName)}))
	w.accounted(w.finished("claims"), 3, 0)
}
