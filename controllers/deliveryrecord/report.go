package deliveryrecord

import (
	"context"
	"slices"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/ledgerstore"
	"crier.dev/crier/internal/cluster/reporting"
	"crier.dev/crier/internal/delivery/lifecycle"
)

// report sees that each report of a Broadcast is mailed once. It works from
// the ledger alone: the Broadcast may be gone by then.
func (s *scope) report(ctx context.Context) (bool, time.Duration, error) {
	if s.record.Spec.Purpose != crier.RecordBroadcast || s.state.Frozen == nil || s.state.CompactedAt != nil || s.stale != "" || lifecycle.Newer(s.state) {
		return false, 0, nil
	}
	for _, kind := range []crier.ReportKind{crier.ReportPreliminary, crier.ReportFinal} {
		if slices.Contains(s.state.Reports, kind) || !lifecycle.MayReport(s.state, kind, s.now) {
			continue
		}
		// Without the frozen message it isn't known to whom; see the Broadcast.
		if err := s.mailReport(ctx, kind); err != nil && !ledgerstore.IsLost(err) {
			return true, 0, err
		}
	}
	return false, 0, nil
}

func (s *scope) mailReport(ctx context.Context, kind crier.ReportKind) error {
	_, plan, err := s.Store.Message(ctx, s.record)
	if err != nil {
		return err
	}
	after := time.Duration(plan.AfterSeconds) * time.Second
	if !lifecycle.ReportDue(s.state, kind, after, s.now) {
		return nil
	}
	subject, err := reporting.Load(ctx, s.Store, s.record)
	if err != nil {
		return err
	}
	if err := s.Reporter.Mail(ctx, subject, kind); err != nil {
		return err
	}
	s.state.Reports = append(s.state.Reports, kind)
	return s.save(ctx)
}
