package reporting

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/intact"
	"crier.dev/crier/internal/cluster/ledgerstore"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/recipients/audience"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/report"
	"crier.dev/crier/internal/writing/draft"
	"crier.dev/crier/internal/writing/message"
)

// window is how long a report mail is tried.
const window = 72 * time.Hour

// minAttachment is the attachment, in octets, that isn't made smaller any
// more: its size can't be the trouble.
const minAttachment = 64 << 10

// Reporter mails reports.
type Reporter struct {
	Store *ledgerstore.Store
}

// Mail freezes the report mail of that kind as a record of its own, which
// senders then deliver and account for. It can be called again at any time:
// a report that was frozen once is left as it is.
func (r *Reporter) Mail(ctx context.Context, subject Subject, kind crier.ReportKind) error {
	record, err := r.register(ctx, subject, kind)
	if err != nil || record.State.Stage != crier.RecordRegistered {
		return err
	}
	b := subject.begin(r.Store, kind, subject.Plan.MaskedMail)
	if err := subject.fill(ctx, r.Store, b); err != nil {
		return err
	}
	addressees := make([]roster.Subscriber, 0, len(subject.Plan.To))
	for _, to := range subject.Plan.To {
		addressees = append(addressees, roster.Subscriber{Email: to})
	}
	recipients, err := roster.Of(addressees)
	if err != nil {
		return err
	}
	plan := ledgerstore.ReportPlan{List: subject.Plan.List, ListAddress: subject.Plan.ListAddress}
	frozen, err := r.composeToFit(ctx, subject, record, b, plan)
	if err != nil {
		return err
	}
	return r.Store.Freeze(ctx, record, ledgerstore.Content{Message: frozen, Recipients: audience.New(recipients), Report: plan})
}

// composeToFit attaches less of the CSV until the relay takes the mail, as
// far as it has said, and it is small enough to be frozen, which depends on
// how far it can be compressed.
func (r *Reporter) composeToFit(ctx context.Context, subject Subject, record *crier.DeliveryRecord, b *report.Builder, plan ledgerstore.ReportPlan) (message.Frozen, error) {
	route, err := r.route(ctx, record.State.Route)
	if err != nil {
		return message.Frozen{}, err
	}
	for most := report.MaxAttachment; ; most /= 2 {
		b.Attach(most)
		frozen := r.compose(subject, record.Spec.Report, b)
		limit := int64(0)
		if route != nil {
			frozen.DKIM = draft.Selectors(route, frozen.From.Address)
			limit = route.SizeLimit()
		}
		fits, err := ledgerstore.Fits(frozen, plan)
		if err != nil || most < minAttachment || fits && (limit == 0 || sizeAtMost(frozen) <= limit) {
			return frozen, err
		}
	}
}

// sizeAtMost is no less than what the mail has on the wire, in octets: bodies
// are quoted-printable, which makes three octets of one at most, and
// attachments base64 in lines of 76 (RFC 2045 sections 6.7 and 6.8).
func sizeAtMost(frozen message.Frozen) int64 {
	const headers = 16 << 10
	size := headers + 4*(len(frozen.Text)+len(frozen.HTML))
	for _, a := range frozen.Attachments {
		size += len(a.Data)*4/3*78/76 + headers
	}
	return int64(size)
}

// register finds or creates the record of the report.
func (r *Reporter) register(ctx context.Context, subject Subject, kind crier.ReportKind) (*crier.DeliveryRecord, error) {
	about := subject.Record
	record := &crier.DeliveryRecord{}
	name := names.ReportRecordName(about.Spec.Namespace, about.Spec.Broadcast, about.State.Run, kind)
	err := intact.Reader(r.Store.Reader).Get(ctx, client.ObjectKey{Name: name}, record)
	if err == nil || !apierrors.IsNotFound(err) {
		return record, err
	}
	now := metav1.NewTime(r.Store.Clock.Now())
	deadline := metav1.NewTime(now.Add(window))
	record = &crier.DeliveryRecord{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{
			crier.LabelIdentity: names.Identity(about.Spec.Namespace, about.Spec.Broadcast),
		}},
		Spec: crier.DeliveryRecordSpec{
			Purpose: crier.RecordReport, Namespace: about.Spec.Namespace, Broadcast: about.Spec.Broadcast,
			Report: kind, Run: about.State.Run,
		},
		State: crier.DeliveryRecordState{
			FirstSeen: now, Run: 1, Stage: crier.RecordRegistered, Deadline: &deadline,
			Route: about.State.Route, MaxDeferralSeconds: int64(window / time.Second),
			OnUnknown: crier.UnknownReport,
		},
	}
	return record, ledgerstore.Counting(r.Store.Client).Create(ctx, record)
}

// compose makes the frozen message of a report out of the Broadcast's: the
// same author and envelope, but generated, and not of the list.
func (r *Reporter) compose(subject Subject, kind crier.ReportKind, b *report.Builder) message.Frozen {
	mail := b.Mail()
	frozen := message.Frozen{
		Version: message.FrozenVersion, Literal: true,
		Subject: mail.Subject, Text: mail.Text, HTML: mail.HTML,
		From:            subject.Message.From,
		MessageIDDomain: subject.Message.MessageIDDomain,
		BounceDomain:    subject.Message.BounceDomain,
		BounceTag:       subject.Message.BounceTag,
		BounceMode:      subject.Message.BounceMode,
		AutoSubmitted:   "auto-generated",
		Key:             r.Store.NewKey(),
	}
	if rows, _ := b.Rows(); rows > 0 {
		frozen.Attachments = []message.Attachment{{
			Name:        fmt.Sprintf("%s-%s.csv", subject.Record.Spec.Broadcast, kindWord(kind)),
			ContentType: "text/csv; charset=utf-8",
			Data:        b.CSV(),
		}}
	}
	return frozen
}

// route is the Relay as it is now, nil if there is none: its DKIM keys may
// have been replaced since the Broadcast was sent.
func (r *Reporter) route(ctx context.Context, route *crier.RecordRoute) (*crier.Relay, error) {
	if route == nil {
		return nil, nil
	}
	found := &crier.Relay{}
	err := intact.Reader(r.Store.Reader).Get(ctx, client.ObjectKey{Namespace: route.Relay.Namespace, Name: route.Relay.Name}, found)
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	return found, err
}

func kindWord(kind crier.ReportKind) string {
	if kind == crier.ReportPreliminary {
		return "not-accepted-so-far"
	}
	return "not-accepted"
}
