package lifecycle

import (
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

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

// TakenUntil is until when the name of a record's run can't be used for other
// content, nor its memory be dropped: the latest deadline that it ever had. A
// resend may have an earlier one than the Broadcast, which stands in Git with
// its own. It is nil if nobody has set any.
func TakenUntil(record *crier.DeliveryRecordState) *metav1.Time {
	return latest(record.LatestDeadline, record.Deadline)
}

// KeepDeadline has the name taken until that deadline at least, and says
// whether that is later than it was.
func KeepDeadline(record *crier.DeliveryRecordState, deadline time.Time) bool {
	until := TakenUntil(record)
	if until != nil && !deadline.After(until.Time) {
		return false
	}
	record.LatestDeadline = &metav1.Time{Time: deadline}
	return true
}

func latest(a, b *metav1.Time) *metav1.Time {
	if a == nil || b != nil && b.After(a.Time) {
		return b
	}
	return a
}
