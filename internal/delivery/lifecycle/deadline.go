package lifecycle

import (
	"fmt"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
)

const (
	// DefaultWindow is how long after sendAt a Broadcast may be sent that
	// gives no notAfter.
	DefaultWindow = 72 * time.Hour
	// MaxWindow is how long after sendAt, or after first sight, a Broadcast
	// may be sent at the latest: a manifest in Git lives for ever, mail must not.
	MaxWindow = 90 * 24 * time.Hour
)

// Deadline is when a Broadcast becomes too late. It is an error to ask for
// one further than MaxWindow after sendAt, or after firstSeen without sendAt.
func Deadline(spec crier.BroadcastSpec, firstSeen time.Time) (time.Time, error) {
	start := firstSeen
	if spec.SendAt != nil {
		start = spec.SendAt.Time
	}
	if spec.NotAfter == nil {
		return start.Add(DefaultWindow), nil
	}
	if latest := start.Add(MaxWindow); spec.NotAfter.After(latest) {
		return time.Time{}, fmt.Errorf("notAfter is %s, more than 90 days away: give %s or earlier",
			spec.NotAfter.UTC().Format(time.RFC3339), latest.UTC().Format(time.RFC3339))
	}
	return spec.NotAfter.Time, nil
}
