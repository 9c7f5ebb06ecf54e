//go:build e2e

package e2e

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/hack/e2e/harness"
	"crier.dev/crier/internal/testing/smtptest"
	"crier.dev/crier/internal/testing/sourcetest/slapd"
)

// guide is attached to the message of testDirectoryToMail.
var guide = harness.PDF("A guide (with brackets)")

// testDirectoryToMail goes the whole way: people of a directory, of whom a filter takes 52, an
// excluded set and a Suppression two; a built-in template, Markdown, a file, and two signatures.
func testDirectoryToMail(t *testing.T) {
	w := newWorld(t, smtptest.Script{})
	server := w.directory(w.staff)
	w.login(map[string]string{"bindDN": readerDN, "password": password})
	keys := w.signingRelay()
	set := w.directorySet(server, setName)
	set.Spec.Source.LDAP.Attributes["agency"] = "o"
	suppression := &crier.Suppression{ObjectMeta: w.meta("gone"), Spec: crier.SuppressionSpec{
		Scope: crier.SuppressionScope{Kind: crier.ScopeNamespace}, Reason: crier.SuppressedManual,
		Entries: []crier.SuppressionEntry{{Address: crier.MailAddress(strings.ToUpper("p051@") + w.domain)}},
	}}
	out := &crier.SubscriberSet{ObjectMeta: w.meta("out"), Spec: crier.SubscriberSetSpec{Source: crier.SubscriberSource{
		Inline: []crier.Subscriber{{Email: "P050@" + w.domain}, {Email: "other@" + w.domain}},
	}}}
	list := w.list(setName)
	list.Spec.PostalAddress = "1 Beacon Street, Boston"
	list.Spec.Audience.Exclude = &crier.AudienceExclusion{SubscriberSets: []crier.LocalReference{{Name: "out"}}}
	w.create(set, suppression, out, list)
	w.untilRead("gone", 1)
	w.create(w.enrollment())
	b := w.finished("enrollment")
	w.accounted(b, 50, 0)
	if a := b.Status.Audience; a == nil || a.Recipients != 50 || a.Excluded != 1 || a.NotSelected != 28 ||
		len(a.Suppressed) != 1 || a.Suppressed[0].Subscribers != 1 {
		w.Errorf("audience %+v", a)
	}
	for _, nobody := range []string{"P050", "p051", "p052", "p079", "other"} {
		if messages, err := w.catcher.Messages(w.ctx, nobody+"@"+w.domain); err != nil || len(messages) > 0 {
			w.Errorf("%d messages to %s, who is left out: %v", len(messages), nobody, err)
		}
	}
	w.checkEnrollment(keys)
}

// staff are 80 people, of whom those from 0 to 51 have a grade of 10 or more.
func (w *world) staff(out io.Writer) error {
	for i := range 80 {
		grade := "12"
		if i > 51 {
			grade = "9"
		}
		name, uid := fmt.Sprintf("Zoë %d", i), fmt.Sprintf("p%03d", i)
		_, err := io.WriteString(out, slapd.Entry("uid="+uid+","+slapd.PeopleDN, "objectClass", "inetOrgPerson", "uid", uid,
			"cn", name, "sn", name, "displayName", name, "mail", uid+"@"+w.domain, "o", "Parks & Recreation", "departmentNumber", grade))
		if err != nil {
			return err
		}
	}
	return nil
}

// signingRelay makes a relay that signs with two keys.
func (w *world) signingRelay() []harness.DKIMKey {
	w.Helper()
	rsa, err := harness.NewRSAKey(w.domain, "rsa")
	w.must(err)
	ed25519, err := harness.NewEd25519Key(w.domain, "ed")
	w.must(err)
	meta := w.meta("dkim")
	meta.Labels = map[string]string{crier.LabelUse: crier.UseRelay}
	w.create(&corev1.Secret{ObjectMeta: meta, Data: map[string][]byte{"rsa.pem": rsa.Private, "ed.pem": ed25519.Private}})
	relay := w.relay(password)
	for _, selector := range []string{"rsa", "ed"} {
		relay.Spec.DKIM = append(relay.Spec.DKIM, crier.RelayDKIM{
			Domain: w.domain, Selector: selector, PrivateKeySecretRef: crier.SecretKeyReference{Name: "dkim", Key: selector + ".pem"},
		})
	}
	w.create(relay)
	return []harness.DKIMKey{rsa, ed25519}
}

func (w *world) enrollment() *crier.Broadcast {
	w.Helper()
	w.create(&corev1.ConfigMap{ObjectMeta: w.meta("guide"), BinaryData: map[string][]byte{"guide.pdf": guide}})
	b := w.broadcast("enrollment")
	b.Spec.Subject = "{{ .Name }}, enrollment starts"
	b.Spec.Filter = "subscriber.attributes.grade >= 10"
	b.Spec.Content = crier.BroadcastContent{
		TemplateRef: &crier.TemplateReference{Builtin: "announcement"},
		Values: map[string]crier.TemplateValue{
			"headline": "Enrollment for {{ .Attributes.agency }} starts", "buttonURL": "https://hr.example.org/enroll",
		},
		Markdown:    "There are **two** new plans.\n\n- One for {{ .Name }}\n- One more\n",
		Attachments: []crier.ContentAttachment{{Name: "guide.pdf", ConfigMap: &crier.ObjectKey{Name: "guide", Key: "guide.pdf"}}},
	}
	return b
}

// checkEnrollment looks at a message as a recipient's mail program does.
func (w *world) checkEnrollment(keys []harness.DKIMKey) {
	w.Helper()
	raw, err := w.catcher.Last(w.ctx, "p007@"+w.domain)
	w.must(err)
	mail, err := harness.ParseMail(raw)
	w.must(err)
	for field, pattern := range map[string]string{
		"From":             `^"?News"? <news@`,
		"Subject":          `^Zoë 7, enrollment starts$`,
		"List-Id":          `<all\.` + regexp.QuoteMeta(w.domain) + `>`,
		"List-Unsubscribe": `^$`, // nobody can leave this list
		"Content-Type":     `^multipart/mixed;`,
	} {
		if got := mail.Get(field); !regexp.MustCompile(pattern).MatchString(got) {
			w.Errorf("%s is %q, want %s", field, got, pattern)
		}
	}
	text, html := mail.Body("text/plain"), mail.Body("text/html")
	for _, want := range []string{"ENROLLMENT FOR PARKS & RECREATION STARTS", "One for Zoë 7", "https://hr.example.org/enroll", "1 Beacon Street, Boston"} {
		if !strings.Contains(text, want) {
			w.Errorf("the text lacks %q:\n%s", want, text)
		}
	}
	for _, want := range []string{"Parks &amp; Recreation", "<strong>two</strong>", "One for Zoë 7", `href="https://hr.example.org/enroll"`} {
		if !strings.Contains(html, want) {
			w.Errorf("the HTML lacks %q:\n%s", want, html)
		}
	}
	attached := false
	for _, part := range mail.Parts {
		attached = attached || part.Filename == "guide.pdf" && part.Type == "application/pdf" && bytes.Equal(part.Body, guide)
	}
	if !attached {
		w.Errorf("the attached file isn't as it was, of %d parts", len(mail.Parts))
	}
	said, err := harness.VerifyDKIM(w.ctx, keys, raw)
	w.needed(err)
	if strings.Count(said[0], " good") != 2 || len(strings.Split(said[0], "; ")) != 2 {
		w.Errorf("signatures: %s", said[0])
	}
}

// testSuppressedInTheMiddle suppresses half of the recipients while they are being written to.
func testSuppressedInTheMiddle(t *testing.T) {
	const n, half, grace = 600, 300, 10 * time.Second
	w := newWorld(t, slow)
	w.crowd(n, 2)
	w.create(w.broadcast("long"))
	w.stored(50)
	w.must(w.catcher.SetScript(w.ctx, crawl))
	var rows strings.Builder
	gone := map[string]bool{}
	rows.WriteString("email,note\n")
	for i := range half {
		address := fmt.Sprintf("u%04d@%s", i, w.domain)
		gone[address] = true
		fmt.Fprintf(&rows, "%s,left\n", strings.ToUpper(address[:1])+address[1:])
	}
	w.create(&corev1.ConfigMap{ObjectMeta: w.meta("gone"), Data: map[string]string{"gone.csv": rows.String()}},
		&crier.Suppression{ObjectMeta: w.meta("gone"), Spec: crier.SuppressionSpec{
			Scope: crier.SuppressionScope{Kind: crier.ScopeList, Name: listName}, Reason: crier.SuppressedManual,
			CSV: &crier.CSVSource{From: []crier.CSVObject{{ConfigMap: &crier.CSVKeys{Name: "gone"}}}},
		}})
	w.untilRead("gone", half)
	known := time.Now()
	time.Sleep(grace)
	w.hurry()
	b := w.finished("long")
	w.accounted(b, n, 0)
	messages, err := w.catcher.Messages(w.ctx, "")
	w.must(err)
	before := int64(0)
	for _, m := range messages {
		if gone[m.To[0]] {
			before++
			if late := m.Time.Sub(known); late > grace {
				w.Errorf("%s got a message %s after the suppression was ready", m.To[0], late)
			}
		}
	}
	w.Logf("%d got the message before they were suppressed, of %d", before, half)
	if got := b.Status.Totals.Suppressed; got == 0 || got+before != half {
		w.Errorf("%d are suppressed, %d got the message before, of %d", got, before, half)
	}
}
