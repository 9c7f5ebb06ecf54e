package report

import (
	"math/rand/v2"
	"testing"

	crier "crier.dev/crier/api/v1alpha1"
)

// TestWidthsFillTheBar: every state that occurs is seen, and all of them
// together are as wide as the bar.
func TestWidthsFillTheBar(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 20_000 {
		f := Facts{Totals: crier.DeliveryTotals{Accepted: random.Int64N(1_000_000), Failed: random.Int64N(50), Unknown: random.Int64N(3),
			Expired: random.Int64N(2), Deferred: random.Int64N(1000), Pending: random.Int64N(1_000_000)}}
		segments := bar(f)
		sum := 0
		for i, width := range widths(segments, 74) {
			if width < 1 {
				t.Fatalf("%+v: %v is not seen", f.Totals, segments[i])
			}
			sum += width
		}
		if len(segments) > 0 && sum != 74 {
			t.Fatalf("%+v: %d wide", f.Totals, sum)
		}
	}
}
