//go:build e2e

package e2e

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/hack/e2e/harness"
	"crier.dev/crier/internal/testing/smtptest"
)

// someRefused refuses 3 addresses as unknown and 1 as full.
var someRefused = smtptest.Script{Rules: []smtptest.Rule{
	{Regexp: `^u00[123]7@`, Code: 550, Enhanced: "5.1.1", Text: "no such person"},
	{Regexp: `^u0142@`, Code: 552, Enhanced: "5.2.2", Text: "mailbox full"},
}}

func testPath(t *testing.T) {
	const n, refused = 300, 4
	w := newWorld(t, someRefused)
	w.standard(n)
	w.create(w.broadcast("hello"))
	out, err := kube.Kubectl(w.ctx, "", "wait", "--for=condition=Complete", "broadcast/hello", "-n", w.namespace, "--timeout=180s")
	w.must(err)
	w.Log(strings.TrimSpace(out))

	b := w.finished("hello")
	w.accounted(b, n, 0)
	if got := b.Status; got.Totals.Failed != refused || got.Phase != crier.PhaseSentWithFailures || got.Accepted != "98.6%" {
		w.Errorf("phase %s, accepted %s, totals %+v", got.Phase, got.Accepted, got.Totals)
	}
	table, err := kube.Kubectl(w.ctx, "", "get", "broadcasts", "-n", w.namespace)
	w.must(err)
	w.Log("\n" + table)
	w.checkReport(b, refused)
	w.checkReportMail(refused)
	w.checkMessage()
}

func (w *world) checkReport(b *crier.Broadcast, refused int) {
	w.Helper()
	report := &corev1.ConfigMap{ObjectMeta: w.meta(b.Name + "-report")}
	w.get(report)
	if !strings.Contains(report.Data["summary.txt"], "no such person") {
		w.Errorf("summary.txt lacks the server's words:\n%s", report.Data["summary.txt"])
	}
	if !json.Valid([]byte(report.Data["report.json"])) {
		w.Errorf("report.json is no JSON: %.200q", report.Data["report.json"])
	}
	rows, err := csv.NewReader(strings.NewReader(report.Data["failures.csv"])).ReadAll()
	if err != nil || len(rows) != refused+1 {
		w.Errorf("failures.csv has %d rows with the header, %v:\n%s", len(rows), err, report.Data["failures.csv"])
	}
	if len(report.OwnerReferences) != 1 || report.OwnerReferences[0].UID != b.UID {
		w.Errorf("the report's owners are %+v", report.OwnerReferences)
	}
}

// lastMail is the only message to an address, decoded.
func (w *world) onlyMail(address string) *harness.Mail {
	w.Helper()
	messages, err := w.catcher.Messages(w.ctx, address)
	w.must(err)
	if len(messages) != 1 {
		w.Fatalf("%d messages to %s", len(messages), address)
	}
	raw, err := w.catcher.Raw(w.ctx, messages[0].ID)
	w.must(err)
	mail, err := harness.ParseMail(raw)
	w.must(err)
	return mail
}

func (w *world) checkReportMail(refused int) {
	w.Helper()
	mail := w.onlyMail(w.owner)
	if !strings.Contains(mail.Get("Subject"), "Delivery report") || mail.Get("Auto-Submitted") != "auto-generated" {
		w.Errorf("report mail: subject %q, Auto-Submitted %q", mail.Get("Subject"), mail.Get("Auto-Submitted"))
	}
	text := mail.Body("text/plain")
	if !strings.Contains(strings.SplitN(text, "\n", 2)[0], "%") || mail.Body("text/html") == "" {
		w.Errorf("the report mail begins %.200q", text)
	}
	for _, part := range mail.Parts {
		if strings.HasSuffix(part.Filename, ".csv") {
			rows, err := csv.NewReader(strings.NewReader(string(part.Body))).ReadAll()
			if err != nil || len(rows) != refused+1 {
				w.Errorf("%s has %d rows: %v", part.Filename, len(rows), err)
			}
			return
		}
	}
	w.Error("the report mail has no CSV attached")
}

func (w *world) checkMessage() {
	w.Helper()
	address := "u0005@" + w.domain
	mail := w.onlyMail(address)
	for field, pattern := range map[string]string{
		"From":       `^"?News"? <news@`,
		"To":         regexp.QuoteMeta(address),
		"Subject":    `^News for Person 5$`,
		"List-Id":    `<all\.` + regexp.QuoteMeta(w.domain) + `>`,
		"Message-Id": `^<[^@<>]+@[^@<>]+>$`,
		"Date":       `.`,
	} {
		if got := mail.Get(field); !regexp.MustCompile(pattern).MatchString(got) {
			w.Errorf("%s is %q, want %s", field, got, pattern)
		}
	}
	if !strings.Contains(mail.Body("text/plain"), "Dear Person 5 of Agency 5,") {
		w.Errorf("text: %s", mail.Body("text/plain"))
	}
	messages, err := w.catcher.Messages(w.ctx, address)
	w.must(err)
	if m := messages[0]; !m.TLS || m.User != user || !strings.HasSuffix(m.From, "@bounces."+w.domain) || len(m.To) != 1 {
		w.Errorf("envelope: %s", fmt.Sprintf("%+v", m))
	}
}
