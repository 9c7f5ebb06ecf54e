package lifecycle

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
)

const (
	// markEvery is how far the marks of a pass are apart at least: its pace
	// is that of the last one or two of these.
	markEvery = 30 * time.Second
	// noPace is how long a pass may settle nobody before that is its pace.
	noPace = 15 * time.Second
)

// Mark notes how many recipients the pass has left, now and then.
func Mark(pass *crier.DeliveryPass, left int64, now time.Time) {
	n := len(pass.Marks)
	if n > 0 && now.Sub(pass.Marks[n-1].At.Time) < markEvery {
		return
	}
	pass.Marks = append(pass.Marks[max(0, n-1):n:n], crier.PassMark{At: metav1.NewTime(now), Left: left})
}

// Pace is how many recipients per second the pass has settled lately, and how
// long it will take at that. It knows nothing of a pass that has just begun.
// One that doesn't get on has a pace of 0, and takes no time that is known.
func Pace(pass *crier.DeliveryPass, left int64, now time.Time) (perSecond float64, takes time.Duration, known bool) {
	if pass == nil || pass.EndedAt != nil || len(pass.Marks) == 0 {
		return 0, 0, false
	}
	from := pass.Marks[0]
	elapsed, settled := now.Sub(from.At.Time), from.Left-left
	switch {
	case elapsed < time.Second:
		return 0, 0, false
	case settled <= 0:
		return 0, 0, elapsed >= noPace
	}
	perSecond = float64(settled) / elapsed.Seconds()
	return perSecond, time.Duration(float64(left) / perSecond * float64(time.Second)).Round(time.Second), true
}
