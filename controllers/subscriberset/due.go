package subscriberset

import (
	"hash/fnv"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/words"
)

const (
	// lookAgain is when something that is missing is looked for though no
	// watch told of it.
	lookAgain = 5 * time.Minute
	// defaultRefresh is the refreshInterval unless one is given.
	defaultRefresh = time.Hour
	// firstRetry is doubled from failure to failure.
	firstRetry = time.Minute
	// slotRetry is when a set asks again for its turn to be read.
	slotRetry = 5 * time.Second
)

// interval is how often the source of a set is read, with up to a tenth more
// or less, which is the same each time: sets that were created together don't
// all ask their servers at once.
func interval(set *crier.SubscriberSet) time.Duration {
	base := defaultRefresh
	if set.Spec.RefreshInterval != nil {
		base = set.Spec.RefreshInterval.Duration
	}
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(set.UID))
	const steps = 1000
	part := int64(sum.Sum32()%(2*steps+1)) - steps
	return base + time.Duration(int64(base)/10/steps*part)
}

// due is when a remote source is to be read: the zero time for at once.
// current says that the roster in use can be read, and is of these inputs.
func due(status *crier.SubscriberSetStatus, current bool, tried string, every time.Duration) time.Time {
	switch {
	case status.Attempt != nil && status.Attempt.Inputs == tried:
		return status.Attempt.Next.Time
	case status.Attempt != nil, !current, status.Sync == nil:
		return time.Time{}
	}
	return status.Sync.At.Add(every)
}

// again is when a source is tried again that failed: what may mend itself
// soon, and then ever later; what needs a person, or could lock an account,
// not before the next refresh, unless something changes.
func again(reason string, failures int32, asked, every time.Duration) time.Duration {
	switch reason {
	case crier.ReasonSourceUnavailable, crier.ReasonInternal:
		wait := firstRetry << min(failures-1, 20)
		return min(max(wait, asked), every)
	case crier.ReasonSourceNotFound:
		return min(lookAgain, every)
	}
	return every
}

// try records a read that didn't become the roster in use.
func try(status *crier.SubscriberSetStatus, now time.Time, reason, message, inputs string, asked, every time.Duration) {
	a := &crier.SyncAttempt{
		At: metav1.NewTime(now), Since: metav1.NewTime(now),
		Reason: reason, Message: words.First(message, maxAttemptMessage), Inputs: inputs,
	}
	if old := status.Attempt; old != nil {
		a.Failures = old.Failures
		if old.Reason == crier.ReasonSyncHeld == (reason == crier.ReasonSyncHeld) {
			a.Since = old.Since
		}
	}
	if a.Failures++; reason == crier.ReasonSyncHeld {
		a.Failures = 0
	}
	a.Next = metav1.NewTime(now.Add(again(reason, a.Failures, asked, every)))
	status.Attempt = a
}
