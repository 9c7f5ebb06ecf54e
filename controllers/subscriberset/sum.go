package subscriberset

import (
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/gather"
	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/recipients/source"
	"crier.dev/crier/internal/words"
)

// fail is for a source that can't be read. One outside the cluster may be
// down: then the last good roster stays in use. One inside says what its owner
// declared, which holds also when it is gone.
func (s *scope) fail(problem *source.Problem) *reconcile.Verdict {
	if s.remote() {
		s.attempted(problem.Reason(), problem.Message, problem.RetryAfter)
	} else {
		s.problem = problem
	}
	return s.sumUp()
}

// attempted records a read of a remote source that didn't become the roster.
func (s *scope) attempted(reason, message string, asked time.Duration) {
	try(&s.set.Status, s.Clock.Now(), reason, message, s.inputs.Attempt(gather.Expected(s.set)), asked, interval(s.set))
}

// trouble is why the roster in use, if there is one, isn't what the source
// would give.
type trouble struct {
	reason, message string
	since           metav1.Time
}

func (s *scope) trouble() *trouble {
	status := &s.set.Status
	switch {
	case s.problem != nil:
		return &trouble{reason: s.problem.Reason(), message: s.problem.Message}
	case status.Attempt != nil && status.Attempt.Reason != crier.ReasonSyncHeld:
		return &trouble{status.Attempt.Reason, status.Attempt.Message, status.Attempt.Since}
	case status.Held != nil:
		return &trouble{crier.ReasonSyncHeld, s.heldMessage(), status.Held.Since}
	}
	return nil
}

// sumUp is the verdict on what is known, and says when to look again.
func (s *scope) sumUp() *reconcile.Verdict {
	v := s.verdict()
	if s.set.Spec.RejectedRows == crier.RejectedRowsHide {
		s.set.Status.RejectedRows = nil
	}
	soon := func(d time.Duration) {
		if d > 0 && (v.RequeueAfter == 0 || d < v.RequeueAfter) {
			v = v.After(d)
		}
	}
	soon(s.untilTidy())
	if s.remote() {
		now := s.Clock.Now()
		at := due(&s.set.Status, s.same(), s.inputs.Attempt(gather.Expected(s.set)), interval(s.set))
		soon(max(at.Sub(now), time.Millisecond))
		if over := s.tooOldAt(); !over.IsZero() {
			soon(over.Sub(now))
		}
	}
	return &v
}

func (s *scope) verdict() reconcile.Verdict {
	t := s.trouble()
	switch {
	case t == nil && s.current:
		return s.good()
	case t == nil:
		return reconcile.IsReconciling(crier.ReasonSyncPending, "The source has not been read yet.")
	case !s.current, s.problem != nil:
		return unusable(t)
	}
	if over := s.tooOldAt(); !over.IsZero() && !over.After(s.Clock.Now()) {
		return reconcile.IsReconciling(crier.ReasonRosterTooOld, "The roster is from %s, which is older than guard.maxAge (%s) allows. %s",
			stamp(s.set.Status.Sync.At), s.set.Spec.Guard.MaxAge.Duration, t.message)
	}
	what := "the source has been unreadable since " + stamp(t.since) + ": " + t.message
	if t.reason == crier.ReasonSyncHeld {
		what = "a sync has been held since " + stamp(t.since) + "; the condition Synced says how to let it through."
	}
	return reconcile.IsReady(crier.ReasonReady, "%s as of %s; %s",
		words.Count(s.set.Status.Subscribers, "subscriber"), stamp(s.set.Status.Sync.At), what)
}

// unusable is the verdict on a set without a roster of its present spec:
// Stalled where only an edit of this object, or consent, helps.
func unusable(t *trouble) reconcile.Verdict {
	switch t.reason {
	case crier.ReasonSourceUnavailable, crier.ReasonSourceRefused, crier.ReasonSourceNotFound, crier.ReasonInternal:
		return reconcile.IsReconciling(t.reason, "%s", t.message).After(lookAgain)
	}
	return reconcile.IsStalled(t.reason, "%s", t.message)
}

// tooOldAt is when the roster in use becomes too old while its source can't be
// read, or a sync is held; the zero time for never.
func (s *scope) tooOldAt() time.Time {
	guard, status := s.set.Spec.Guard, &s.set.Status
	if !s.remote() || guard == nil || guard.MaxAge == nil || status.Attempt == nil || status.Sync == nil {
		return time.Time{}
	}
	return status.Sync.At.Add(guard.MaxAge.Duration)
}

// good is the verdict on a roster that is what the source gives. What was
// noted when it was read is only known from then.
func (s *scope) good() reconcile.Verdict {
	if s.fresh {
		return summary(s.result)
	}
	text := numbers(s.set.Status.Subscribers, s.set.Status.Rejected, s.set.Status.Duplicates)
	ready := meta.FindStatusCondition(s.previous.Conditions, crier.ConditionReady)
	if ready != nil && ready.Reason == crier.ReasonReady && strings.HasPrefix(ready.Message, text) {
		text = ready.Message
	}
	return reconcile.IsReady(crier.ReasonReady, "%s", text)
}

func stamp(t metav1.Time) string { return t.UTC().Format("2006-01-02 15:04:05 MST") }
