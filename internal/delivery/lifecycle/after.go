package lifecycle

import (
	"time"

	crier "crier.dev/crier/api/v1alpha1"
)

const (
	// interrupted is the pause before a pass that goes on where the last
	// one was cut off.
	interrupted = 5 * time.Second
	// longestPause is the pause after many Jobs of a pass that got nowhere.
	longestPause = 5 * time.Minute
	// noProgress is after how many of them people are told.
	noProgress = 3
)

// Step is what comes after a pass.
type Step struct {
	// Finish with this result, when it is not empty.
	Finish string

	// Expire turns recipients that are still deferred into expired ones first.
	Expire bool

	// At is when the next pass is due, over the recipients in Selects and
	// all that are pending.
	At      time.Time
	Selects []crier.DeliveryState
}

// AfterPass says what comes after a pass has ended. left says that it was
// cut off: not everybody whom it selects was tried.
func AfterPass(record *crier.DeliveryRecordState, left bool, now time.Time) Step {
	all, reachable := record.Totals, Reachable(record)
	late := record.Deadline != nil && !now.Before(record.Deadline.Time)
	switch {
	case late && reachable.Pending > 0:
		return Step{Finish: crier.ReasonDeadlineMissed, Expire: true}
	case late: // everybody was tried: nobody missed the message for want of time
		return Step{Finish: Result(all), Expire: all.Deferred > 0}
	case left || reachable.Pending > 0:
		return Step{At: now.Add(pause(record.Pass.Stalled)), Selects: record.Pass.Selects}
	case resendUnknown(record):
		return Step{At: now.Add(interrupted), Selects: []crier.DeliveryState{crier.DeliveryUnknown}}
	case reachable.Deferred > 0:
		if at, again := NextTry(record, now); again {
			return Step{At: at, Selects: []crier.DeliveryState{crier.DeliveryDeferred}}
		}
		return Step{Finish: Result(all), Expire: true}
	}
	return Step{Finish: Result(all), Expire: all.Deferred > 0}
}

// pause is the time until a pass that was cut off goes on: twice as long after
// each Job in a row that got nowhere. Whatever ends them, it isn't mended by
// making many.
func pause(stalled int32) time.Duration {
	wait := interrupted
	for ; stalled > 0 && wait < longestPause; stalled-- {
		wait *= 2
	}
	return min(wait, longestPause)
}

// Progress notes how far the shards are at the end of a Job, and whether that
// is any further than at its beginning.
func Progress(pass *crier.DeliveryPass, reached int64) {
	if reached > pass.Reached {
		pass.Stalled = 0
	} else {
		pass.Stalled++
	}
	pass.Reached = reached
}

// Result is the reason of the Finished condition when everybody was tried who
// could be, and nobody is tried again. Who was suppressed was not to get it; if
// that is everybody, nothing was sent.
func Result(totals crier.DeliveryTotals) string {
	if totals.Suppressed > 0 && totals.Suppressed == totals.Intended {
		return crier.ReasonNotSent
	}
	if totals.Pending > 0 {
		return crier.ReasonRecipientsLost
	}
	if totals.Accepted == totals.Intended-totals.Suppressed {
		return crier.ReasonSent
	}
	return crier.ReasonSentWithFailures
}

// resendUnknown says whether the policy asks for one more try of unknown
// recipients: once, or a relay that always hangs up would get it for ever.
func resendUnknown(record *crier.DeliveryRecordState) bool {
	return record.OnUnknown == crier.UnknownResend && Reachable(record).Unknown > 0 && !record.UnknownResent
}

// Resend is the states that a resend selects. All selects none: everybody
// becomes pending again. The remaining ones include those who were suppressed:
// they were never tried, and those who still are are left out again.
func Resend(only crier.ResendSelection) []crier.DeliveryState {
	switch only {
	case crier.ResendFailed:
		return []crier.DeliveryState{crier.DeliveryFailed}
	case crier.ResendUnknown:
		return []crier.DeliveryState{crier.DeliveryUnknown}
	case crier.ResendAll:
		return nil
	}
	return []crier.DeliveryState{crier.DeliveryDeferred, crier.DeliveryExpired, crier.DeliverySuppressed}
}
