package lifecycle

import (
	"testing"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
)

func TestReportDue(t *testing.T) {
	sending := crier.DeliveryRecordState{Stage: crier.RecordFrozen, StartedAt: at(-time.Hour), Totals: crier.DeliveryTotals{Deferred: 1}}
	with := func(f func(*crier.DeliveryRecordState)) crier.DeliveryRecordState {
		s := sending
		f(&s)
		return s
	}
	for _, c := range []struct {
		name               string
		state              crier.DeliveryRecordState
		preliminary, final bool
	}{
		{"an hour after the start", sending, true, false},
		{"not yet", with(func(s *crier.DeliveryRecordState) { s.StartedAt = at(time.Second - time.Hour) }), false, false},
		{"not started", with(func(s *crier.DeliveryRecordState) { s.StartedAt = nil }), false, false},
		{"nobody deferred", with(func(s *crier.DeliveryRecordState) { s.Totals.Deferred = 0 }), false, false},
		{"the final one was made", with(func(s *crier.DeliveryRecordState) { s.Reports = []crier.ReportKind{crier.ReportFinal} }), false, false},
		{"over", with(func(s *crier.DeliveryRecordState) { s.Stage = crier.RecordFinished }), false, true},
	} {
		if got := ReportDue(&c.state, crier.ReportPreliminary, time.Hour, now); got != c.preliminary {
			t.Errorf("%s: preliminary %t", c.name, got)
		}
		if got := ReportDue(&c.state, crier.ReportFinal, time.Hour, now); got != c.final {
			t.Errorf("%s: final %t", c.name, got)
		}
		if got := MayReport(&c.state, crier.ReportFinal, now); got != c.final {
			t.Errorf("%s: may be final %t", c.name, got)
		}
		if c.preliminary && !MayReport(&c.state, crier.ReportPreliminary, now) {
			t.Errorf("%s: due, but said never to be", c.name)
		}
	}
}
