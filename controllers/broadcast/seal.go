package broadcast

import (
	"context"
	"errors"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/ledgerstore"
	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/cluster/rosterstore"
	"crier.dev/crier/internal/delivery/lifecycle"
	"crier.dev/crier/internal/words"
)

// seal ends the time in which the Broadcast can be edited: first in its
// status, under the precondition that nobody has edited it since it was
// read, then in the record.
func (s *scope) seal(ctx context.Context) (*reconcile.Verdict, error) {
	if v := s.changedSinceSealed(); v != nil {
		return v, nil
	}
	sealed := &crier.SealedContent{Generation: s.broadcast.Generation, ContentHash: s.hash, MessageHash: s.frozen.Hash}
	if current := s.broadcast.Status.Sealed; current == nil || *current != *sealed {
		s.broadcast.Status.Sealed = sealed
		s.broadcast.Status.Record = s.record.Name
		s.conclude(reconcile.IsReconciling(crier.ReasonPlanning, "Storing the message and %s.", words.Count(s.planned.Recipients, "recipient")))
		if err := reconcile.ApplyAt(ctx, s.Client, s.broadcast); err != nil {
			return nil, err
		}
	}
	state := &s.record.State
	deadline := metav1.NewTime(s.deadline)
	state.Stage = crier.RecordSealed
	state.ContentHash, state.MessageHash = s.hash, s.frozen.Hash
	state.Deadline = &deadline
	state.Route = &crier.RecordRoute{Relay: s.relayRef(), From: crier.MailAddress(s.list.Spec.From.Address)}
	state.Audience = s.broadcast.Status.Audience
	state.Lists = &crier.RecordLists{Names: s.listNames(), Purpose: s.list.Spec.Purpose}
	state.MaxDeferralSeconds = int64(lifecycle.MaxDeferral(s.broadcast.Spec) / time.Second)
	state.OnUnknown = lifecycle.OnUnknown(s.broadcast.Spec, s.list.Spec)
	return nil, s.Client.Update(ctx, s.record)
}

// freeze writes recipients and message down, once: the message that was sealed.
// When the recipients turn out to be others than those that were planned, it
// plans again.
func (s *scope) freeze(ctx context.Context) (*reconcile.Verdict, error) {
	if err := s.confirm(ctx); err != nil {
		return s.planAgain(err)
	}
	s.record.State.Suppressions = &crier.RecordSuppressions{Digest: s.suppressed.Digest(), At: s.apiNow()}
	err := s.Store.Freeze(ctx, s.record, ledgerstore.Content{
		Message:    keyed(s.frozen, s.Store.NewKey()),
		Report:     s.reportPlan(),
		Recipients: s.audience(ctx),
		Planned:    &s.planned.Summary,
		Confirm:    s.confirm,
	})
	if err != nil {
		return s.planAgain(err)
	}
	s.delays.forget(s.broadcast.UID)
	s.show()
	return verdict(reconcile.IsReconciling(crier.ReasonSending, "Sending to %s.", words.Count(s.planned.Recipients, "recipient")).After(whileSoon))
}

// planAgain has a Broadcast planned anew when what was planned isn't so any
// more.
func (s *scope) planAgain(err error) (*reconcile.Verdict, error) {
	if !errors.Is(err, ledgerstore.ErrNotAsPlanned) && !errors.Is(err, rosterstore.ErrUnavailable) {
		return nil, err
	}
	s.plans.forget(client.ObjectKeyFromObject(s.broadcast))
	return verdict(reconcile.IsReconciling(crier.ReasonSubscribersNotReady,
		"The subscribers changed while they were being stored; they are read again.").After(whileSoon))
}
