package lifecycle

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
)

const (
	firstRetry = 2 * time.Minute
	lastRetry  = time.Hour
	// jitter is how far a retry is off the even time, in parts of the wait
	// before it: else all that was deferred at once comes back at once.
	jitter = 0.2
	// beforeTheEnd is how long before the end of its deferral a recipient is
	// tried for the last time.
	beforeTheEnd = time.Minute
)

// NextTry is when those that the last pass deferred are tried again; false
// when they have been deferred for too long. The wait is twice as long each
// time, from 2 minutes to an hour, and shorter if maxDeferral would be over
// before it: the last try is within it. The deadline of the Broadcast moves
// the last try up as well.
func NextTry(record *crier.DeliveryRecordState, now time.Time) (time.Time, bool) {
	start := record.Pass.StartedAt.Time
	if record.StartedAt != nil {
		start = record.StartedAt.Time
	}
	deferral := time.Duration(record.MaxDeferralSeconds) * time.Second
	last := start.Add(deferral - min(beforeTheEnd, deferral/10))
	if !now.Before(last) {
		return time.Time{}, false
	}
	at := now.Add(Backoff(tries(record), seed(record)))
	if at.After(last) {
		at = last
	}
	if record.Deadline != nil {
		if end := record.Deadline.Add(-beforeTheEnd); at.After(end) && end.After(now.Add(firstRetry/2)) {
			at = end
		}
	}
	return at, true
}

// tries is how many passes there have been since the start, or since the
// last resend.
func tries(record *crier.DeliveryRecordState) int32 {
	n := record.Pass.Number
	if record.Resend != nil {
		n -= record.Resend.AfterPass
	}
	return n
}

// seed is the same whenever it is asked for, and another for each pass of
// each record.
func seed(record *crier.DeliveryRecordState) uint64 {
	attempt := ""
	if record.Frozen != nil {
		attempt = record.Frozen.Attempt
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s/%s/%d", record.BroadcastUID, attempt, record.Pass.Number))
	return binary.BigEndian.Uint64(sum[:8])
}

// Backoff is the time between a pass and the next try of those it deferred,
// up to a fifth more or less by the seed.
func Backoff(pass int32, seed uint64) time.Duration {
	wait := firstRetry
	for ; pass > 1 && wait < lastRetry; pass-- {
		wait *= 2
	}
	wait = min(wait, lastRetry)
	off := (float64(seed>>11)/(1<<53)*2 - 1) * jitter
	return wait + time.Duration(off*float64(wait))
}
