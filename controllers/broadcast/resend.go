package broadcast

import (
	"context"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/delivery/lifecycle"
)

// remains says whether a resend of what remains was asked for that has not
// been carried out.
func (s *scope) remains() bool {
	resend := s.broadcast.Spec.Resend
	return lifecycle.NewResend(&s.record.State, resend) && resend.Only == crier.ResendRemaining
}

func (s *scope) refusesResend() string {
	detail := s.record.State.CompactedAt == nil && !s.adopted
	return lifecycle.RefuseResend(&s.record.State, s.broadcast.Spec.Resend, detail, s.now)
}

// resend carries out a request to send to some recipients once more, once
// per token: it opens the record for another pass.
func (s *scope) resend(ctx context.Context) (*reconcile.Verdict, error) {
	if s.record == nil {
		return nil, nil
	}
	request, state := s.broadcast.Spec.Resend, &s.record.State
	if state.Frozen == nil || !lifecycle.NewResend(state, request) {
		return nil, nil
	}
	if !s.resendable() {
		return nil, nil // what is under way goes first
	}
	if v, err := s.mayBeResent(ctx); v != nil || err != nil {
		return v, err
	}
	if refusal := s.refusesResend(); refusal != "" {
		s.show()
		return verdict(reconcile.IsStalled(crier.ReasonInvalidResend, "%s", refusal))
	}
	lifecycle.Reopen(state, request, s.now)
	return nil, s.Client.Update(ctx, s.record)
}

// note keeps in the record what must not be forgotten of the Broadcast as it
// stands: a resend that is there before anybody could be sent to again, and,
// for records of older releases, a deadline later than that of their resend.
func (s *scope) note(ctx context.Context) error {
	state := &s.record.State
	switch {
	case state.Frozen == nil && lifecycle.PassOver(state, s.broadcast.Spec.Resend, s.now):
	case state.Frozen != nil && !s.deadline.IsZero() && lifecycle.KeepDeadline(state, s.deadline):
	default:
		return nil
	}
	return s.Client.Update(ctx, s.record)
}

// resendable says whether no sender is at work on the record.
func (s *scope) resendable() bool {
	state := s.record.State
	if state.Stage == crier.RecordFinished {
		return true
	}
	return state.Pass == nil || state.Pass.EndedAt != nil
}
