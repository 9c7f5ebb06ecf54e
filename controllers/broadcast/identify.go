package broadcast

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/delivery/lifecycle"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/readable"
)

// identify finds out what the Broadcast is by its record.
func (s *scope) identify(ctx context.Context) (*reconcile.Verdict, error) {
	s.hash = lifecycle.ContentHash(s.broadcast.Spec)
	record, err := s.Store.Record(ctx, s.broadcast.Namespace, s.broadcast.Name)
	if readable.Is(err) {
		return verdict(reconcile.IsStalled(crier.ReasonFieldUnreadable,
			"The record of what was sent under this name can't be read, so it isn't known who got the message, and nothing is sent. "+
				"Ask the platform team to repair it: %s.", err).After(whileWaiting))
	}
	if client.IgnoreNotFound(err) != nil {
		return nil, err
	}
	var state *crier.DeliveryRecordState
	if err == nil {
		s.record, state = record, &record.State
	}
	claim, err := s.claim(ctx)
	if err != nil {
		return nil, err
	}
	// Who got the message is not the business of a namespace that only has
	// the name of the one it was sent from.
	s.adopted = state != nil && state.Frozen != nil && state.NamespaceUID != s.namespace
	if verdict, err := s.notSetBack(ctx); verdict != nil || err != nil {
		return verdict, err
	}
	return s.obey(ctx, lifecycle.Identify(claim, state, s.now))
}

// notSetBack stops whatever the Broadcast would do by a record that was set
// back. What it shows is of an earlier time; who got the message since isn't known.
func (s *scope) notSetBack(ctx context.Context) (*reconcile.Verdict, error) {
	if s.record == nil {
		return nil, nil
	}
	state := &s.record.State
	known := state.SetBack != nil
	s.seen.Record(s.record, s.now)
	if lifecycle.ReleaseSetBack(state, s.broadcast) {
		return nil, s.Client.Update(ctx, s.record)
	}
	if state.SetBack == nil {
		return nil, nil
	}
	if !known {
		if err := s.Client.Update(ctx, s.record); err != nil {
			return nil, err
		}
	}
	if _, err := s.follow(ctx); err != nil {
		return nil, err
	}
	return verdict(reconcile.IsStalled(crier.ReasonLedgerLost,
		"The ledger was set back, as by the restore of a backup, so it isn't known who got the message since, and nothing is sent. "+
			"The figures are of an earlier time. To continue by them, which may send to some twice, set the annotation %s to %q.",
		crier.AnnotationReleaseSetBack, lifecycle.SetBackID(state.SetBack)).After(whileWaiting))
}

func (s *scope) claim(ctx context.Context) (lifecycle.Claim, error) {
	namespace := &metav1.PartialObjectMetadata{}
	namespace.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Namespace"))
	if err := s.Reader.Get(ctx, client.ObjectKey{Name: s.broadcast.Namespace}, namespace); err != nil {
		return lifecycle.Claim{}, err
	}
	s.namespace = string(namespace.UID)
	claim := lifecycle.Claim{
		UID: string(s.broadcast.UID), NamespaceUID: s.namespace, Spec: s.broadcast.Spec,
		NamesRecord: s.broadcast.Status.Record != "",
	}
	if s.record != nil {
		return claim, nil
	}
	crd := &metav1.PartialObjectMetadata{}
	crd.SetGroupVersionKind(crdKind)
	err := s.Reader.Get(ctx, client.ObjectKey{Name: names.LedgerKind}, crd)
	if err != nil {
		return lifecycle.Claim{}, err
	}
	claim.Older = s.broadcast.CreationTimestamp.Before(&crd.CreationTimestamp)
	return claim, nil
}

// obey does what the identity asks for.
func (s *scope) obey(ctx context.Context, identity lifecycle.Identity) (*reconcile.Verdict, error) {
	if v := s.restored(); v != nil && identity.Sends() {
		return v, nil
	}
	switch identity {
	case lifecycle.LedgerLost:
		return verdict(reconcile.IsStalled(crier.ReasonLedgerLost,
			"The record of what was sent under this name is gone, so it isn't known who got the message, and nothing is sent. "+
				"If it was never sent, create it under a new name."))
	case lifecycle.Changed:
		s.show()
		return verdict(reconcile.IsStalled(crier.ReasonChangedAfterStart,
			"The content was changed after sending had started. The sealed message is still being sent; the change isn't. "+
				"Restore the old content, and send the new one under a new name."))
	case lifecycle.Reused:
		return verdict(reconcile.IsStalled(crier.ReasonNameReused, "%s", s.reusedMessage()).After(s.untilFree()))
	case lifecycle.Recreated:
		return s.recreated(ctx)
	case lifecycle.Renewed, lifecycle.Adopted, lifecycle.AdoptedElsewhere:
		return nil, s.adopt(ctx)
	case lifecycle.NewRun:
		return nil, s.renew(ctx)
	}
	return nil, nil
}

func (s *scope) reusedMessage() string {
	until := "it has finished"
	if taken := lifecycle.TakenUntil(&s.record.State); taken != nil {
		until = taken.UTC().Format(time.RFC3339)
	}
	return "Another message was sent under this name, which can't be used for a new one until " + until +
		". This one isn't sent: create it under a new name."
}

// untilFree is the time until the name may be used again; 0 when that is
// not known, or when the record's next change will tell.
func (s *scope) untilFree() time.Duration {
	taken := lifecycle.TakenUntil(&s.record.State)
	if taken == nil || s.now.After(taken.Time) {
		return 0
	}
	return taken.Sub(s.now) + time.Second
}

// recreated holds a Broadcast that was deleted in the middle of sending,
// unless its policy or a resend says to go on.
func (s *scope) recreated(ctx context.Context) (*reconcile.Verdict, error) {
	s.show()
	if s.adopted {
		return verdict(reconcile.IsStalled(crier.ReasonRecreatedWhileSend,
			"The namespace was deleted and created again while the Broadcast was being sent, so sending was stopped permanently. "+
				"It ends when this Broadcast is deleted, or at its deadline."))
	}
	if s.broadcast.Spec.OnRecreate == crier.RecreateResume || s.remains() && s.refusesResend() == "" {
		if v := s.restored(); v != nil {
			return v, nil // it was set back as well: who got it since isn't known
		}
		return nil, s.adopt(ctx)
	}
	if s.remains() {
		return verdict(reconcile.IsStalled(crier.ReasonInvalidResend, "%s", s.refusesResend()))
	}
	return verdict(reconcile.IsStalled(crier.ReasonRecreatedWhileSend,
		"The Broadcast was deleted and created again while it was being sent, so sending was stopped. "+
			"To continue with the remaining recipients, set spec.resend to {token: <any new word>, only: Remaining, notAfter: <time>}."))
}

// adopt makes this object the one that the record obeys.
func (s *scope) adopt(ctx context.Context) error {
	s.record.State.BroadcastUID = string(s.broadcast.UID)
	if !s.adopted { // else it stays another's, at every later look too
		s.record.State.NamespaceUID = s.namespace
	}
	if s.record.State.Stage == crier.RecordSealed {
		s.record.State.MessageHash = "" // nothing is frozen: what this object says is what is sealed next
	}
	s.record.State.GoneAt = nil
	s.record.State.Stop = nil // it was about the one before; what holds now will be found out
	return s.Client.Update(ctx, s.record)
}

// renew starts another run of the name, with nothing of the last one but
// its number, how often it was written and what was sent of late.
func (s *scope) renew(ctx context.Context) error {
	if err := s.Store.Sweep(ctx, s.record, ""); err != nil {
		return err
	}
	last := s.record.State
	s.record.State = s.firstState()
	s.record.State.Run, s.record.State.Sequence = last.Run+1, last.Sequence
	s.record.State.Sent = last.Sent // it counts for the Relay's daily limit
	s.record.State.TestTokens = lifecycle.RecentTests(last.TestTokens, s.now)
	s.broadcast.Status.Sealed = nil
	return s.Client.Update(ctx, s.record)
}

func (s *scope) firstState() crier.DeliveryRecordState {
	state := crier.DeliveryRecordState{
		FirstSeen: metav1.NewTime(s.now), NamespaceUID: s.namespace, BroadcastUID: string(s.broadcast.UID),
		Run: 1, Stage: crier.RecordRegistered,
	}
	lifecycle.PassOver(&state, s.broadcast.Spec.Resend, s.now)
	return state
}
