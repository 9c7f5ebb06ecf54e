package broadcast

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/delivery/lifecycle"
	"crier.dev/crier/internal/words"
)

// asksToGoOn says whether a resend of what remains was asked for that has
// not been carried out.
func (s *scope) asksToGoOn() bool {
	resend := s.broadcast.Spec.Resend
	return resend != nil && resend.Only == crier.ResendRemaining && s.newToken() && s.now.Before(resend.NotAfter.Time)
}

func (s *scope) newToken() bool {
	last := s.record.State.Resend
	return last == nil || last.Token != s.broadcast.Spec.Resend.Token
}

// resend carries out a request to send to some recipients once more, once
// per token: it opens the record for another pass.
func (s *scope) resend(ctx context.Context) (*reconcile.Verdict, error) {
	request, state := s.broadcast.Spec.Resend, &s.record.State
	if request == nil || !s.newToken() || state.Frozen == nil {
		return nil, nil
	}
	if !s.resendable() {
		return nil, nil // what is under way goes first
	}
	if !s.now.Before(request.NotAfter.Time) {
		s.show()
		return verdict(reconcile.IsStalled(crier.ReasonInvalidResend,
			"The resend is too late: its notAfter has passed. Set a later notAfter under a new token."))
	}
	if state.CompactedAt != nil || s.adopted {
		s.show()
		return verdict(reconcile.IsStalled(crier.ReasonInvalidResend,
			"Results per recipient are deleted after 7 days, so this resend is no longer possible. Create a new Broadcast."))
	}
	if pending := lifecycle.Reachable(state).Pending; selective(request.Only) && pending > 0 {
		s.show()
		return verdict(reconcile.IsStalled(crier.ReasonInvalidResend,
			"%s never sent to. Resend with only: Remaining first, under another token; then to the failed or the unknown.",
			words.Count(pending, "recipient")+" "+words.Verb(pending, "was")))
	}
	at := metav1.NewTime(s.now)
	state.Resend = &crier.RecordResend{Token: request.Token, Only: request.Only, At: at}
	if state.Pass != nil {
		state.Resend.AfterPass = state.Pass.Number
	}
	state.NextPass = &crier.NextPass{At: at, Selects: lifecycle.Resend(request.Only)}
	state.Stage, state.Result, state.FinishedAt, state.Stop = crier.RecordFrozen, "", nil, nil
	state.StartedAt = &at
	deadline := request.NotAfter
	state.Deadline = &deadline
	if request.Only == crier.ResendAll {
		state.Generation++
	}
	return nil, s.Client.Update(ctx, s.record)
}

// selective says whether a resend leaves out those who were never sent to. A
// pass always sends to them.
func selective(only crier.ResendSelection) bool {
	return only == crier.ResendFailed || only == crier.ResendUnknown
}

// resendable says whether no sender is at work on the record.
func (s *scope) resendable() bool {
	state := s.record.State
	if state.Stage == crier.RecordFinished {
		return true
	}
	return state.Pass == nil || state.Pass.EndedAt != nil
}
