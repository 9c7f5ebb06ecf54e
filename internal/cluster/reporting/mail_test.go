package reporting

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/ledgerstore"
	"crier.dev/crier/internal/report"
	"crier.dev/crier/internal/writing/message"
)

// The attachment is what can't be compressed to the size of a Secret: a report
// of many failures must still be mailed.
func TestAttachmentFitsIntoTheLedger(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	r := &Reporter{Store: &ledgerstore.Store{NewKey: func() []byte { return make([]byte, message.KeySize) }}}
	record := &crier.DeliveryRecord{}
	subject := Subject{Record: record, Message: message.Frozen{From: message.Mailbox{Address: "news@example.gov"}}}
	for _, rows := range []int{0, 100, 15_000} {
		b := report.New(report.Facts{
			Kind: crier.ReportFinal, Name: "news", GeneratedAt: time.Unix(1e9, 0),
			Totals: crier.DeliveryTotals{Intended: 20_000, Failed: int64(rows)},
		})
		for i := range rows {
			var words strings.Builder
			for range 20 {
				fmt.Fprintf(&words, "%016x", random.Uint64())
			}
			b.Add(report.Row{Recipient: fmt.Sprintf("p%d@example.gov", i), State: crier.DeliveryFailed, Code: 550, Text: words.String()})
		}
		frozen, err := r.composeToFit(t.Context(), subject, record, b, ledgerstore.ReportPlan{})
		if err != nil {
			t.Fatal(err)
		}
		if fits, err := ledgerstore.Fits(frozen, ledgerstore.ReportPlan{}); !fits || err != nil {
			t.Errorf("%d rows don't fit: %v", rows, err)
		}
		if (len(frozen.Attachments) > 0) != (rows > 0) {
			t.Fatalf("%d rows, %d attachments", rows, len(frozen.Attachments))
		}
		if rows == 0 {
			continue
		}
		attached := strings.Count(string(frozen.Attachments[0].Data), "\n") - 1
		cut := strings.Contains(strings.Join(strings.Fields(frozen.Text), " "), "because the attachment would be too large")
		if rows == 100 && (attached != rows || cut) || rows > 100 && (attached < 1000 || attached == rows || !cut) {
			t.Errorf("%d of %d rows are attached, said: %t", attached, rows, cut)
		}
	}
}
