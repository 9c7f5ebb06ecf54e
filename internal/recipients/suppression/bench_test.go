package suppression

import (
	"fmt"
	"testing"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/roster"
)

// BenchmarkMatch is the cost of one recipient, with half as many addresses
// suppressed as there are recipients.
func BenchmarkMatch(b *testing.B) {
	rows := NewRows(Defaults{Reason: crier.SuppressedUnsubscribed}, now)
	for i := 0; i < b.N; i += 2 {
		email := fmt.Sprintf("p%08d@example.net", i)
		rows.Take(email, roster.Subscriber{Email: email})
	}
	source, err := rows.Sorted()
	if err != nil {
		b.Fatal(err)
	}
	keys := make([][]byte, b.N)
	for i := range keys {
		keys[i] = fmt.Appendf(nil, "p%08d@example.net", i)
	}
	m := NewMatcher(crier.PurposeSubscribed, now, source)
	b.ReportAllocs()
	b.ResetTimer()
	for _, key := range keys {
		if _, _, err := m.Match(key); err != nil {
			b.Fatal(err)
		}
	}
}
