package lifecycle

import (
	"slices"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
)

// soonestReport is the least that a list can ask a preliminary report to wait.
const soonestReport = time.Minute

// MayReport says whether a report of that kind could be due by what the
// record alone knows; ReportDue says whether it is.
func MayReport(state *crier.DeliveryRecordState, kind crier.ReportKind, now time.Time) bool {
	return ReportDue(state, kind, soonestReport, now)
}

// ReportDue says whether a report of that kind is due. The final one is at
// the end, the preliminary one when recipients are still deferred that long
// after the start; one that would come together with the final one, or after
// it, is not made.
func ReportDue(state *crier.DeliveryRecordState, kind crier.ReportKind, after time.Duration, now time.Time) bool {
	finished := state.Stage == crier.RecordFinished
	if kind == crier.ReportFinal {
		return finished
	}
	return !finished && !slices.Contains(state.Reports, crier.ReportFinal) && state.StartedAt != nil && state.Totals.Deferred > 0 && now.Sub(state.StartedAt.Time) >= after
}
