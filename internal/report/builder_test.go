package report

import (
	"bytes"
	"fmt"
	"testing"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/smtp/outcome"
)

// TestSameInputSameBytes: a report is made anew after a crash, and must be
// the one that may have been sent already.
func TestSameInputSameBytes(t *testing.T) {
	for _, s := range situations() {
		a, b := s.build(), s.build()
		b.Summary() // making one form must not change another
		first, err := a.JSON()
		if err != nil {
			t.Fatal(err)
		}
		second, err := b.JSON()
		if err != nil {
			t.Fatal(err)
		}
		if a.Mail() != b.Mail() || a.Summary() != b.Summary() || !bytes.Equal(a.CSV(), b.CSV()) || !bytes.Equal(first, second) {
			t.Errorf("%s: two reports of the same differ", s.name)
		}
	}
}

// TestPublicFormsNameNobody: summary, JSON and mail bodies go to more people
// than may see who failed.
func TestPublicFormsNameNobody(t *testing.T) {
	for _, s := range situations() {
		if s.name == "hostile" {
			continue // its other values hold addresses
		}
		b := s.build()
		content, err := b.JSON()
		if err != nil {
			t.Fatal(err)
		}
		mail := b.Mail()
		for _, form := range []string{b.Summary(), string(content), mail.Subject, mail.Text, mail.HTML} {
			for _, r := range s.rows {
				if bytes.Contains([]byte(form), []byte(r.Recipient)) {
					t.Errorf("%s: names %s", s.name, r.Recipient)
				}
			}
		}
	}
}

func BenchmarkAdd(b *testing.B) {
	report := New(Facts{})
	for i := range b.N {
		to := fmt.Sprintf("employee.%d@example.gov", i)
		report.Add(Row{Recipient: to, State: crier.DeliveryFailed, Cause: outcome.CauseMailboxUnknown, Code: 550, Enhanced: "5.1.1",
			Text: "<" + to + ">: Recipient address rejected: User unknown in relay recipient table", Phase: "Rcpt", Attempts: 1, LastAttempt: start})
	}
}
