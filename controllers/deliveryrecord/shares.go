package deliveryrecord

import (
	"context"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/sharebook"
	"crier.dev/crier/internal/delivery/grant"
	"crier.dev/crier/internal/smtp/outcome"
)

// patience is how long after the start of a pass nobody wonders why its pods
// have no share of the Relay yet.
const patience = 20 * time.Second

func (s *scope) book() sharebook.Store {
	return sharebook.Store{Client: s.Client, Reader: s.Reader, Namespace: s.Namespace}
}

// priority is the one that the Broadcast asks for, if the Relay grants it.
func (s *scope) priority(namespaceLabels map[string]string) crier.Priority {
	own := s.record.Spec.Purpose == crier.RecordBroadcast && s.broadcast != nil
	if own && s.broadcast.Spec.Priority == crier.PriorityUrgent &&
		grant.Urgent(s.relay, s.record.Spec.Namespace, namespaceLabels, string(s.state.Route.From)) {
		return crier.PriorityUrgent
	}
	return crier.PriorityNormal
}

// noteWaiting says why the pods of the pass don't send: because a quota is
// used up, or because others use what the Relay allows.
func (s *scope) noteWaiting() {
	s.state.WaitsUntil = nil
	if until, paused := s.sheet.Pausing(s.now); paused {
		s.noteTrouble(string(outcome.CauseQuota), s.sheet.Pause.Message)
		s.state.WaitsUntil = &metav1.Time{Time: until}
		return
	}
	if s.state.Trouble != nil || len(s.pods) == 0 || s.now.Sub(s.state.Pass.StartedAt.Time) < patience {
		return
	}
	for i := range s.pods {
		if _, has := s.sheet.Latest(string(s.pods[i].UID)); has {
			return
		}
	}
	s.noteTrouble(crier.ReasonRelayBusy, "other messages use all that the Relay allows, or a part is kept for a minute for a sender pod that was lost")
}

// returnShares gives back, at the end of a pass, what its pods had: those
// that have ended need nothing any more.
func (s *scope) returnShares(ctx context.Context) error {
	if s.sheet == nil || s.state.Pass == nil {
		return nil // the Relay is gone, or was never used
	}
	before := len(s.sheet.Issued)
	s.sheet.Observe(nil, s.ended, s.now)
	_, has := s.sheet.Budgets[s.record.Name]
	delete(s.sheet.Budgets, s.record.Name)
	if before == len(s.sheet.Issued) && !has {
		return nil
	}
	return s.book().Write(ctx, s.sheet)
}
