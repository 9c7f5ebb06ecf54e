package broadcast

import (
	"time"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/report"
)

// reportStatus is what became of a report mail or a test copy, by its own
// record. Who was suppressed meanwhile is no addressee any more.
func reportStatus(kind crier.ReportKind, record *crier.DeliveryRecord) crier.ReportStatus {
	totals := record.State.Totals
	status := crier.ReportStatus{Kind: kind, Run: record.Spec.Run, Totals: totals, State: crier.ReportPending}
	if record.State.Stage != crier.RecordFinished {
		return status
	}
	switch wanted := report.Wanted(totals); {
	case wanted > 0 && totals.Accepted == wanted:
		status.State = crier.ReportSent
	case totals.Unknown > 0:
		status.State = crier.ReportUnknown
	case totals.Accepted == 0 && totals.Failed == 0:
		status.State = crier.ReportNotSent
	default:
		status.State = crier.ReportFailed
	}
	return status
}

// untilDeadline is the time left until the Broadcast becomes too late.
func (s *scope) untilDeadline() time.Duration {
	return max(time.Second, s.deadline.Sub(s.now))
}

// notAfterDeadline makes sure that a Broadcast that waits, for whatever, is
// looked at when it becomes too late.
func (s *scope) notAfterDeadline(v reconcile.Verdict) reconcile.Verdict {
	if s.deadline.IsZero() || s.record != nil && (s.record.State.Frozen != nil || s.record.State.Stage == crier.RecordFinished) {
		return v
	}
	if s.record == nil && !s.now.Before(s.deadline) {
		return v // it has become too late
	}
	left := s.untilDeadline()
	if s.testAt.After(s.now) {
		left = min(left, s.testAt.Sub(s.now))
	}
	if v.RequeueAfter == 0 || v.RequeueAfter > left {
		v.RequeueAfter = left
	}
	return v
}
