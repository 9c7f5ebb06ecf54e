package flow_test

import (
	"strings"
	"testing"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/testing/apitest"
)

// The sum of all messages is bounded, before anything is sent.
func TestBroadcastTooLarge(t *testing.T) {
	w := newWorld(t, 40)
	apitest.Edit(w, "main", &crier.Relay{}, func(r *crier.Relay) { r.Spec.Limits.MaxBroadcastBytes = 1 << 20 })
	w.prepare()
	news := w.Broadcast()
	news.Spec.Content.Text = strings.Repeat("All the news that fits.\n", 2000)
	w.Create(news)
	w.look(crier.ReasonMessageTooLarge, "maxBroadcastBytes is 1,048,576")
	apitest.Edit(w, "news", &crier.Broadcast{}, func(b *crier.Broadcast) { b.Spec.Content.Text = "Short." })
	w.look(crier.ReasonSending, "40 recipients")
}
