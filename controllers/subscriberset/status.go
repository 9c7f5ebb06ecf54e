package subscriberset

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/kstatus"
	"crier.dev/crier/internal/roster"
)

const (
	maxAttributes    = 256
	maxRejectedRows  = 20
	maxSourceLength  = 600
	maxReasonLength  = 512
	maxExcerptLength = 128
)

// status is what is known after a set was read. Conditions come later.
func status(previous crier.SubscriberSetStatus, r roster.Result, generation int64, digest string, parts int, now time.Time) crier.SubscriberSetStatus {
	s := previous
	s.Subscribers = int64(r.Subscribers)
	s.Rejected = int64(r.RejectedTotal)
	s.Duplicates = int64(r.Duplicates)
	s.RejectedRows = rejectedRows(r.Rejected)
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
			Source: cut(r.Source, maxSourceLength), Line: int64(r.Line),
			Reason: cut(r.Reason, maxReasonLength), Excerpt: cut(r.Excerpt, maxExcerptLength),
		})
	}
	return out
}

// cut keeps to a limit of characters, as the API counts them.
func cut(s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	return string([]rune(s)[:limit])
}

// summary is the verdict on a set that was read.
func summary(r roster.Result) kstatus.Verdict {
	parts := []string{count(r.Subscribers, "subscriber")}
	if r.RejectedTotal > 0 {
		parts = append(parts, count(r.RejectedTotal, "rejected row"))
	}
	if r.Duplicates > 0 {
		parts = append(parts, count(r.Duplicates, "duplicate"))
	}
	text := strings.Join(parts, ", ") + "."
	if len(r.Notes) > 0 {
		text += " " + r.Notes[0].Source + ": " + r.Notes[0].Reason
	}
	if r.Subscribers == 0 && len(r.Rejected) > 0 {
		text += " " + r.Rejected[0].Source + ": " + r.Rejected[0].Reason
	}
	return kstatus.IsReady(crier.ReasonReady, "%s", text)
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// applyVerdict puts the verdict into the status.
func (s *scope) applyVerdict(v kstatus.Verdict) {
	status := &s.set.Status
	status.ObservedGeneration = s.set.Generation
	before := s.previous.DeepCopy()
	status.Conditions = kstatus.Conditions(before.Conditions, s.set.Generation, v, s.Clock.Now())
}
