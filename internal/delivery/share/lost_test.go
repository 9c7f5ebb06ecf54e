package share

import (
	"testing"
	"time"
)

// A book that was set back counts on from what is known of it, and is blind for
// as long as a ration lasts, whatever the clock of the manager before was.
func TestLostBook(t *testing.T) {
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	b := &Book{Round: 3}
	b.Lost(7, now)
	if b.Round != 7 || !b.Blinded(now) || !b.Blinded(now.Add(Term+Margin-time.Second)) || b.Blinded(now.Add(Term+Margin)) || b.Empty(now) {
		t.Errorf("%+v", b)
	}
	if b.Blinded(now.Add(-time.Hour)) {
		t.Error("blind for an hour")
	}
	b.Lost(5, now)
	if b.Round != 7 {
		t.Errorf("it goes back to round %d", b.Round)
	}
}
