package broadcast

import (
	"context"
	"errors"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/gather"
	"crier.dev/crier/internal/cluster/ledgerstore"
	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/cluster/reporting"
	"crier.dev/crier/internal/delivery/lifecycle"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/writing/draft"
)

// The times after which a Broadcast is looked at again.
const (
	whileSoon    = 2 * time.Second
	whileWaiting = 15 * time.Second
	// whileFull is for what takes long, and isn't urgent.
	whileFull = 5 * time.Minute
)

// follow shows what the ledger says of a Broadcast that is frozen or over.
func (s *scope) follow(ctx context.Context) (*reconcile.Verdict, error) {
	if s.record == nil {
		return nil, nil
	}
	stage := s.record.State.Stage
	if stage != crier.RecordFrozen && stage != crier.RecordFinished {
		return nil, nil
	}
	s.selections.forget(s.broadcast.UID)
	s.plans.forget(client.ObjectKeyFromObject(s.broadcast))
	s.show()
	if err := s.showTest(ctx); err != nil {
		return nil, err
	}
	v := progress(&s.record.State)
	if s.adopted {
		return &v, nil
	}
	left, ends := s.untilExpiry()
	detail := s.showDetail
	if ends && left <= 0 {
		detail = s.expireReport
	}
	if err := detail(ctx); err != nil {
		return nil, err
	}
	if ends && left > 0 {
		v = v.After(left)
	}
	if stage == crier.RecordFinished {
		owed, err := s.tellOfTheEnd(ctx)
		if err != nil {
			return nil, err
		}
		if owed {
			v = v.After(whileWaiting)
		}
	}
	return &v, s.showReports(ctx)
}

// showDetail writes deliveries and the report ConfigMaps at milestones: when
// everybody was tried, and at the end.
func (s *scope) showDetail(ctx context.Context) error {
	state := &s.record.State
	milestone := state.Stage == crier.RecordFinished || state.TriedAt != nil && state.Pass.EndedAt != nil
	if state.Frozen == nil || state.CompactedAt != nil || !milestone || lifecycle.Newer(state) {
		return nil
	}
	if s.previous.Totals != nil && *s.previous.Totals == state.Totals && s.previous.FinishedAt.Equal(state.FinishedAt) &&
		len(s.previous.ReportConfigMaps) > 0 {
		return nil // shown already
	}
	subject, known, err := s.subject(ctx)
	if err != nil || !known {
		return err // detail that is lost takes nothing from the result
	}
	if err := s.listDeliveries(ctx, subject); err != nil {
		return err
	}
	kind := crier.ReportPreliminary
	if state.Stage == crier.RecordFinished {
		kind = crier.ReportFinal
	}
	names, err := s.Reporter.ConfigMaps(ctx, subject, s.broadcast, kind)
	var notOurs *reporting.NotOursError
	if errors.As(err, &notOurs) {
		s.Recorder.Eventf(s.broadcast, nil, "Warning", crier.ReasonConfigMapNotOurs, "Report", "%s", notOurs.Error())
		err = nil
	}
	s.broadcast.Status.ReportConfigMaps = names
	return err
}

// subject is what a report is about. Of a frozen message that was deleted it is
// made anew, as well as lists and Relay know it now; until they can be read, it
// isn't known.
func (s *scope) subject(ctx context.Context) (subject reporting.Subject, known bool, err error) {
	if s.record.State.Frozen != nil {
		subject, err = reporting.Load(ctx, s.Store, s.record)
		if !ledgerstore.IsLost(err) {
			return subject, err == nil, err
		}
	}
	if verdict, err := s.findLists(ctx); err != nil || verdict != nil && len(s.lists) < len(s.broadcast.Spec.Lists()) {
		return subject, false, err
	}
	if verdict, err := s.checkRelay(ctx); err != nil || verdict != nil && s.relay == nil {
		return subject, false, err
	}
	return reporting.Subject{Record: s.record, Message: draft.Envelope(s.facts()), Plan: s.reportPlan()}, true, nil
}

// unreported says whether the end can't be reported out of the ledger: nothing
// was frozen, or the frozen message was deleted.
func (s *scope) unreported(ctx context.Context) (bool, error) {
	state := &s.record.State
	if slices.Contains(state.Reports, crier.ReportFinal) || state.CompactedAt != nil {
		return false, nil
	}
	if state.Frozen == nil {
		return true, nil
	}
	_, _, err := s.Store.Message(ctx, s.record)
	if ledgerstore.IsLost(err) {
		return true, nil
	}
	return false, err
}

// tellOfTheEnd mails the report of a Broadcast that can't be reported from the
// ledger, see unreported, and says whether it is still to be mailed: the list or
// the grant that it needs may come yet, for as long as anybody cares.
func (s *scope) tellOfTheEnd(ctx context.Context) (owed bool, err error) {
	state := &s.record.State
	if ours, err := s.unreported(ctx); err != nil || !ours {
		return false, err
	}
	if gap, err := s.gap(ctx); err != nil || gap != nil {
		return gap != nil, err // it may have been mailed already
	}
	subject, known, err := s.subject(ctx)
	if err != nil || !known {
		return s.now.Sub(state.FinishedAt.Time) < lifecycle.DefaultWindow, err
	}
	if state.Frozen == nil {
		state.Route = &crier.RecordRoute{Relay: s.relayRef(), From: crier.MailAddress(s.list.Spec.From.Address)}
	}
	if err := s.Reporter.Mail(ctx, subject, crier.ReportFinal); err != nil {
		return false, err
	}
	state.Reports = append(state.Reports, crier.ReportFinal)
	return false, s.Client.Update(ctx, s.record)
}

// showReports shows what became of the report mails.
func (s *scope) showReports(ctx context.Context) error {
	var reports []crier.ReportStatus
	for _, kind := range s.record.State.Reports {
		record := &crier.DeliveryRecord{}
		name := names.ReportRecordName(s.broadcast.Namespace, s.broadcast.Name, s.record.State.Run, kind)
		err := s.Client.Get(ctx, client.ObjectKey{Name: name}, record)
		if client.IgnoreNotFound(err) != nil {
			return err
		}
		if err == nil {
			reports = append(reports, reportStatus(kind, record))
		} else if known := knownReport(s.previous.Reports, kind, s.record.State.Run); known != nil {
			reports = append(reports, *known)
		}
	}
	s.broadcast.Status.Reports = reports
	return nil
}

// knownReport is what was known of a report whose record is gone by now.
func knownReport(reports []crier.ReportStatus, kind crier.ReportKind, run int32) *crier.ReportStatus {
	for i := range reports {
		if reports[i].Kind == kind && reports[i].Run == run {
			return &reports[i]
		}
	}
	return nil
}

// expire ends a Broadcast whose deadline passed before it was frozen.
func (s *scope) expire(ctx context.Context) (*reconcile.Verdict, error) {
	if s.now.Before(s.deadline) {
		return nil, nil
	}
	if s.record == nil {
		return verdict(s.missedUnseen())
	}
	state := &s.record.State
	result, err := s.missedResult(ctx)
	if err != nil {
		return nil, err
	}
	at, deadline := s.apiNow(), s.apiNow()
	deadline.Time = s.deadline
	state.Stage, state.Result, state.FinishedAt = crier.RecordFinished, result, &at
	state.ContentHash, state.Deadline = s.hash, &deadline
	if planned := s.broadcast.Status.Audience; planned != nil {
		state.Totals = crier.DeliveryTotals{Intended: planned.Recipients, Pending: planned.Recipients}
		state.Audience = planned
	}
	if err := s.Client.Update(ctx, s.record); err != nil {
		return nil, err
	}
	return s.follow(ctx)
}

// missedResult tells a Broadcast that had nobody to go to from one that
// came too late.
func (s *scope) missedResult(ctx context.Context) (string, error) {
	for _, ref := range s.broadcast.Spec.Lists() {
		list := &crier.MailingList{}
		err := s.Reader.Get(ctx, client.ObjectKey{Namespace: s.broadcast.Namespace, Name: ref.Name}, list)
		if client.IgnoreNotFound(err) != nil {
			return "", err
		}
		if err != nil {
			return crier.ReasonDeadlineMissed, nil
		}
		nobody, err := s.nobodyOn(ctx, list)
		if err != nil || !nobody {
			return crier.ReasonDeadlineMissed, err
		}
	}
	return crier.ReasonNotSent, nil
}

// nobodyOn says whether a list is whole and has no subscriber.
func (s *scope) nobodyOn(ctx context.Context, list *crier.MailingList) (bool, error) {
	found, err := gather.Sets(ctx, s.Reader, list)
	if err != nil {
		return false, err
	}
	for i := range found.Sets {
		status := found.Sets[i].Status
		ready := meta.IsStatusConditionTrue(status.Conditions, crier.ConditionReady)
		if !ready || status.Subscribers > 0 {
			return false, nil
		}
	}
	return len(found.Missing) == 0, nil
}
