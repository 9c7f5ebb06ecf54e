package heartbeat

import (
	"errors"
	"fmt"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
)

// Gap is a time of which isn't known what was sent in it.
type Gap struct {
	// From is when the ledger was written last, as far as it knows itself; zero
	// if not even that is known.
	From time.Time
	// To is when that was found out. Both are whole seconds.
	To time.Time
}

// Name tells one gap from another, for the release of it.
func (g Gap) Name() string { return g.To.UTC().Format(time.RFC3339) }

// Holds says whether the message of a Broadcast could have been sent in the gap.
// All can but those that were due only later. What is seen for the first time
// after the gap is held too: it may have been deleted by what set the ledger
// back, and created again from Git. Broadcast is nil if there is none, state is
// that of its record, nil for none.
func (g *Gap) Holds(broadcast *crier.Broadcast, state *crier.DeliveryRecordState) bool {
	switch {
	case g == nil:
		return false
	case broadcast == nil || broadcast.Spec.SendAt == nil || !broadcast.Spec.SendAt.After(g.To):
		return true
	}
	// It had begun all the same: by another clock, or with another time.
	return state != nil && state.Frozen != nil && state.StartedAt != nil && !state.StartedAt.After(g.To)
}

// Clock writes a time as people read it here.
func Clock(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 MST") }

// During says in which time it isn't known what was sent.
func (g Gap) During() string {
	if g.From.IsZero() {
		return "until " + Clock(g.To)
	}
	return fmt.Sprintf("from %s to %s", Clock(g.From), Clock(g.To))
}

// Command lifts the hold.
const Command = "crier ledger release"

// Message says why something is held, for its author.
func (g Gap) Message() string {
	return fmt.Sprintf("It may have been sent already: no Crier wrote down what it sent %s. "+
		"If Crier was only away, nothing was sent in that time. If the cluster was restored from a backup, look into the relay's log first. "+
		"Then the platform team lifts the hold with: %s. A message with a sendAt after %s is not held",
		g.During(), Command, Clock(g.To))
}

// ErrUnreadable is a stored gap that can't be read: something is held, and it
// isn't known since when.
var ErrUnreadable = errors.New("the stored gap can't be read")

// ParseGap reads what Format wrote; from may be empty.
func ParseGap(from, to string) (Gap, error) {
	var g Gap
	var err error
	if g.To, err = time.Parse(time.RFC3339, to); err != nil {
		return Gap{}, fmt.Errorf("%w: its end is %q", ErrUnreadable, to)
	}
	if from != "" {
		if g.From, err = time.Parse(time.RFC3339, from); err != nil {
			return Gap{}, fmt.Errorf("%w: its beginning is %q", ErrUnreadable, from)
		}
	}
	return g, nil
}

// Format writes beginning and end, for ParseGap.
func (g Gap) Format() (from, to string) {
	if !g.From.IsZero() {
		from = g.From.UTC().Format(time.RFC3339)
	}
	return from, g.Name()
}
