package broadcast

import (
	"context"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
)

// untilExpiry is how long rows of the report are still kept, and whether they
// ever go. It isn't positive once they are to go.
func (s *scope) untilExpiry() (left time.Duration, ends bool) {
	state := &s.record.State
	if s.ReportRetention <= 0 || state.Stage != crier.RecordFinished || state.FinishedAt == nil {
		return 0, false
	}
	return state.FinishedAt.Add(s.ReportRetention).Sub(s.now), true
}

// expireReport takes away the rows of a report that is old enough, and what
// status says of single people. Figures stay as long as the Broadcast.
func (s *scope) expireReport(ctx context.Context) error {
	previous, status := &s.previous, &s.broadcast.Status
	if len(previous.ReportConfigMaps) == 1 && len(previous.Deliveries) == 0 {
		return nil // gone already, or there were none
	}
	names, err := s.Reporter.Expire(ctx, s.broadcast)
	if err != nil {
		return err
	}
	status.DeliveriesTruncated = status.DeliveriesTruncated || len(status.Deliveries) > 0
	status.Deliveries, status.ReportConfigMaps = nil, names
	return nil
}
