package report

import (
	"strings"
	"testing"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/smtp/outcome"
)

// quoting are servers' words as records have them: the recipient is marked, or
// is in there in a spelling or a part that no release marked.
var quoting = []string{
	"<{recipient}>: no such user", "no mailbox Jane.Doe here", `<"jane.doe"@example.gov> unknown`, "JANE.DOE@EXAMPLE.GOV unknown",
	"ORCPT=rfc822;jane.doe@example.gov", "see https://relay.example/?to=jane.doe%40example.gov", "moved to jane.doe@example.org",
}

func told(t *testing.T, masked bool) (all string, csv []byte) {
	t.Helper()
	f := ordinary(crier.DeliveryTotals{Intended: 20, Failed: int64(len(quoting))})
	f.Masked = masked
	b := New(f)
	for i, words := range quoting {
		b.Add(Row{Recipient: "jane.doe@example.gov", State: crier.DeliveryFailed, Cause: outcome.Cause(strings.Repeat("C", i+1)), Code: 550, Text: words})
	}
	machine, err := b.JSON()
	if err != nil {
		t.Fatal(err)
	}
	mail := b.Mail()
	return b.Summary() + string(machine) + mail.Subject + mail.Text + mail.HTML, b.CSV()
}

func TestNoFormOfAMaskedReportShowsWho(t *testing.T) {
	text, csv := told(t, true)
	for _, part := range []string{"jane", "doe"} {
		if at := strings.Index(strings.ToLower(text+string(csv)), part); at >= 0 {
			t.Errorf("%q is shown", part)
		}
	}
	for _, want := range []string{"j***@example.gov", "<{recipient}>: no such user", "moved to j***@example.org"} {
		if !strings.Contains(string(csv), want) {
			t.Errorf("the CSV doesn't hold %q", want)
		}
	}
}

// What is told of many shows no address even to those who may see them; the
// rows do, with the server's words as they were said.
func TestAReportInFullShowsAddressesInRowsOnly(t *testing.T) {
	text, csv := told(t, false)
	if strings.Contains(strings.ToLower(text), "jane") {
		t.Error("the summary shows who")
	}
	for _, want := range []string{"\njane.doe@example.gov,", "<jane.doe@example.gov>: no such user", "moved to jane.doe@example.org"} {
		if !strings.Contains(string(csv), want) {
			t.Errorf("the CSV doesn't hold %q:\n%s", want, csv)
		}
	}
	if strings.Contains(string(csv), "{recipient}") {
		t.Errorf("a mark where the address belongs:\n%s", csv)
	}
}
