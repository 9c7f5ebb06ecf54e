package broadcast

import (
	"context"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/gather"
	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/delivery/lifecycle"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/readable"
)

// due finds out until when the Broadcast may be sent.
func (s *scope) due(ctx context.Context) (*reconcile.Verdict, error) {
	firstSeen := s.now
	if s.record != nil {
		firstSeen = s.record.State.FirstSeen.Time
	}
	deadline, err := lifecycle.Deadline(s.broadcast.Spec, firstSeen)
	if err != nil && (s.record == nil || s.record.State.Frozen == nil && s.record.State.Stage != crier.RecordFinished) {
		return verdict(reconcile.IsStalled(crier.ReasonInvalidDeadline, "%s.", err))
	}
	s.deadline = deadline
	if s.record != nil {
		return nil, s.note(ctx)
	}
	if created := s.broadcast.CreationTimestamp.Time; !s.now.Before(deadline) && !created.Before(deadline) {
		return verdict(reconcile.IsReady(crier.ReasonDeadlinePassed,
			"The deadline (%s) had already passed when this Broadcast was first seen, so nothing was sent. To send it, set a later notAfter.",
			deadline.UTC().Format(time.RFC3339)))
	}
	return nil, nil
}

// introduce registers a Broadcast as soon as its lists are there and may be sent
// to, whatever else it waits for. Before that there is nothing to remember: it
// can't have been sent. Records are of the whole cluster and nobody may delete
// them, so who has no right to send makes none.
func (s *scope) introduce(ctx context.Context) (*reconcile.Verdict, error) {
	if s.record != nil || s.now.Sub(s.deadline) > lifecycle.DefaultWindow {
		return nil, nil
	}
	for _, ref := range s.broadcast.Spec.Lists() {
		list := &crier.MailingList{}
		err := s.Client.Get(ctx, client.ObjectKey{Namespace: s.broadcast.Namespace, Name: ref.Name}, list)
		if apierrors.IsNotFound(err) || readable.Is(err) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		_, ruling, err := gather.Route(ctx, s.Client, list)
		if err != nil || !ruling.Valid() {
			return nil, err
		}
	}
	return s.enter(ctx)
}

// register registers a Broadcast that got here without: the cache knew less
// than the API server. It is looked at again, since some of it was made without
// its record.
func (s *scope) register(ctx context.Context) (*reconcile.Verdict, error) {
	if s.record != nil {
		return nil, nil
	}
	if v, err := s.enter(ctx); v != nil || err != nil {
		return v, err
	}
	return verdict(reconcile.IsReconciling(crier.ReasonPlanning, "The Broadcast has just been registered.").After(whileSoon))
}

// enter writes the record of first sight, if there is room for one more.
func (s *scope) enter(ctx context.Context) (*reconcile.Verdict, error) {
	kept, err := s.countRecords(ctx)
	if err != nil {
		return nil, err
	}
	if problem := kept.NoRoom(s.broadcast.Spec.Priority == crier.PriorityUrgent); problem != "" {
		return verdict(reconcile.IsStalled(crier.ReasonTooManyBroadcasts, "Nothing has been sent. Namespace %s has %s",
			s.broadcast.Namespace, problem).After(whileFull))
	}
	record := &crier.DeliveryRecord{
		ObjectMeta: metav1.ObjectMeta{
			Name: names.RecordName(s.broadcast.Namespace, s.broadcast.Name),
			Labels: map[string]string{
				crier.LabelIdentity: names.Identity(s.broadcast.Namespace, s.broadcast.Name),
			},
		},
		Spec: crier.DeliveryRecordSpec{
			Purpose: crier.RecordBroadcast, Namespace: s.broadcast.Namespace, Broadcast: s.broadcast.Name,
		},
		State: s.firstState(),
	}
	if err := s.Client.Create(ctx, record); err != nil {
		if apierrors.IsAlreadyExists(err) {
			return nil, apierrors.NewConflict(crier.Resource("deliveryrecords"), record.Name, err)
		}
		return nil, err
	}
	s.record = record
	return nil, nil
}

// IndexRecords is the field index of DeliveryRecords by the namespace of their
// Broadcast.
const IndexRecords = "broadcastNamespace"

// ByNamespace is the function of IndexRecords.
func ByNamespace(obj client.Object) []string {
	record, ok := obj.(*crier.DeliveryRecord)
	if !ok {
		return nil
	}
	return []string{record.Spec.Namespace}
}

// countRecords counts the records of the namespace. The cache is good enough: a
// few more or less than the bound change nothing.
func (s *scope) countRecords(ctx context.Context) (lifecycle.Kept, error) {
	var kept lifecycle.Kept
	list := &crier.DeliveryRecordList{}
	err := s.Client.List(ctx, list, client.MatchingFields{IndexRecords: s.broadcast.Namespace}, client.UnsafeDisableDeepCopy)
	for i := range list.Items {
		kept.Count(&list.Items[i])
	}
	return kept, err
}

// missedUnseen is the verdict on a Broadcast that became too late before its
// lists could be sent to.
func (s *scope) missedUnseen() reconcile.Verdict {
	return reconcile.IsStalled(crier.ReasonDeadlineMissed,
		"The deadline (%s) passed before the lists were there and the namespace might send to them, so nothing was sent. To send it, set a later notAfter.",
		s.deadline.UTC().Format(time.RFC3339)).After(s.untilForgotten())
}

// untilForgotten is when a Broadcast that has become too late unregistered is
// looked at again: its owners hear of it by mail if that can be sent in time.
func (s *scope) untilForgotten() time.Duration {
	if s.now.Sub(s.deadline) > lifecycle.DefaultWindow {
		return 0
	}
	return whileFull
}
