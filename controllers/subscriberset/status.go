package subscriberset

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/words"
)

const (
	maxAttributes    = 256
	maxRejectedRows  = 20
	maxSourceLength  = 600
	maxReasonLength  = 512
	maxExcerptLength = 128
	maxReasons       = 20
	// maxAttemptMessage bounds what is remembered of a read that failed.
	maxAttemptMessage = 2048
)

// status is what is known after a set was read. Conditions come later.
func status(previous crier.SubscriberSetStatus, r roster.Result, generation int64, digest string, parts int, now time.Time) crier.SubscriberSetStatus {
	s := previous
	s.Subscribers = int64(r.Subscribers)
	s.Rejected = int64(r.RejectedTotal)
	s.Duplicates = int64(r.Duplicates)
	s.RejectedRows = rejectedRows(r.Rejected)
	s.RejectedByReason = rejectedByReason(r.RejectedByReason)
	s.Attributes = r.Attributes
	if len(s.Attributes) > maxAttributes {
		s.Attributes = s.Attributes[:maxAttributes]
	}
	s.Roster = &crier.RosterStatus{
		Digest: digest, Generation: generation, Parts: int32(parts), SyncedAt: metav1.NewTime(now),
	}
	if old := previous.Roster; old != nil && old.Digest == digest {
		s.Roster.SyncedAt = old.SyncedAt
	}
	return s
}

func rejectedRows(rows []roster.Rejected) []crier.RejectedRow {
	var out []crier.RejectedRow
	for _, r := range rows[:min(len(rows), maxRejectedRows)] {
		out = append(out, crier.RejectedRow{
			Source: words.First(r.Source, maxSourceLength), Line: int64(r.Line),
			Reason: words.First(r.Reason, maxReasonLength), Excerpt: words.First(r.Excerpt, maxExcerptLength),
		})
	}
	return out
}

// rejectedByReason has the most frequent reasons first.
func rejectedByReason(rows map[string]int) []crier.RejectedReason {
	var out []crier.RejectedReason
	for reason, n := range rows {
		out = append(out, crier.RejectedReason{Reason: words.First(reason, maxReasonLength), Rows: int64(n)})
	}
	slices.SortFunc(out, func(a, b crier.RejectedReason) int {
		return cmp.Or(cmp.Compare(b.Rows, a.Rows), strings.Compare(a.Reason, b.Reason))
	})
	return out[:min(len(out), maxReasons)]
}

// summary is the verdict on a set that was read.
func summary(r roster.Result) reconcile.Verdict {
	text := numbers(int64(r.Subscribers), int64(r.RejectedTotal), int64(r.Duplicates))
	if len(r.Notes) > 0 {
		text += " " + r.Notes[0].Source + ": " + r.Notes[0].Reason
	}
	if r.Subscribers == 0 && len(r.Rejected) > 0 {
		text += " " + r.Rejected[0].Source + ": " + r.Rejected[0].Reason
	}
	return reconcile.IsReady(crier.ReasonReady, "%s", text)
}

// numbers of a roster, in one sentence.
func numbers(subscribers, rejected, duplicates int64) string {
	parts := []string{words.Count(subscribers, "subscriber")}
	if rejected > 0 {
		parts = append(parts, words.Count(rejected, "rejected row"))
	}
	if duplicates > 0 {
		parts = append(parts, words.Count(duplicates, "duplicate"))
	}
	return strings.Join(parts, ", ") + "."
}

// applyVerdict puts the verdict into the status, and whether the roster in use
// is what the source gives.
func (s *scope) applyVerdict(v reconcile.Verdict) {
	status := &s.set.Status
	status.ObservedGeneration = s.set.Generation
	before := s.previous.DeepCopy()
	status.Conditions = reconcile.Conditions(before.Conditions, s.set.Generation, v, s.Clock.Now())
	synced := func(value bool, reason, message string) {
		reconcile.Set(&status.Conditions, crier.ConditionSynced, value, s.set.Generation, reason, message, s.Clock.Now())
	}
	t := s.trouble()
	switch {
	case t != nil:
		synced(false, t.reason, t.message+s.inUse(t))
	case v.State == reconcile.Ready:
		synced(true, crier.ReasonSynced, "The roster in use is what the source returned when it was last read.")
	default:
		synced(false, v.Reason, v.Message)
	}
}

// inUse says which roster is used as long as there is trouble.
func (s *scope) inUse(t *trouble) string {
	status := &s.set.Status
	if !s.current || s.problem != nil || t.reason == crier.ReasonSyncHeld {
		return ""
	}
	text := fmt.Sprintf(" The roster in use is from %s; the source will be tried again at %s.", stamp(status.Sync.At), stamp(status.Attempt.Next))
	if status.Held != nil {
		text += " A sync is also held."
	}
	return text
}

// announce makes an event of it when a set that has a roster can't be read any
// more, is held, or becomes too old, and when that is over. pass.Announce tells
// of what is Stalled.
func (s *scope) announce() {
	if s.previous.Roster == nil {
		return
	}
	find := func(conditions []metav1.Condition, kind string) metav1.Condition {
		if c := meta.FindStatusCondition(conditions, kind); c != nil {
			return *c
		}
		return metav1.Condition{}
	}
	was, is := find(s.previous.Conditions, crier.ConditionSynced), find(s.set.Status.Conditions, crier.ConditionSynced)
	stalled := meta.IsStatusConditionTrue(s.set.Status.Conditions, crier.ConditionStalled)
	switch {
	case is.Status == was.Status && is.Reason == was.Reason, is.Reason == crier.ReasonSyncPending, stalled:
	case is.Status == metav1.ConditionFalse:
		s.tell("Warning", is.Reason, is.Message)
	case was.Status == metav1.ConditionFalse && was.Reason != crier.ReasonSyncPending:
		s.tell("Normal", is.Reason, is.Message)
	}
	was, is = find(s.previous.Conditions, crier.ConditionReconciling), find(s.set.Status.Conditions, crier.ConditionReconciling)
	if is.Reason == crier.ReasonRosterTooOld && was.Reason != is.Reason {
		s.tell("Warning", is.Reason, is.Message)
	}
}

// tell makes an event, whose note may have 1 kB.
func (s *scope) tell(severity, reason, message string) {
	const most = 1000
	if len(message) > most {
		message = strings.ToValidUTF8(message[:most], "") + " ..."
	}
	s.Recorder.Eventf(s.set, nil, severity, reason, "Sync", "%s", message)
}
