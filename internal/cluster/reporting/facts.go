// Package reporting tells people what became of a Broadcast: in ConfigMaps
// beside it, and by mail, which is itself accounted for in the ledger.
package reporting

import (
	"context"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/ledgerstore"
	"crier.dev/crier/internal/report"
	"crier.dev/crier/internal/smtp/outcome"
	"crier.dev/crier/internal/writing/message"
)

// Subject is what a report is about.
type Subject struct {
	Record  *crier.DeliveryRecord
	Message message.Frozen
	Plan    ledgerstore.ReportPlan
}

// Load reads the subject of a report out of the ledger.
func Load(ctx context.Context, store *ledgerstore.Store, record *crier.DeliveryRecord) (Subject, error) {
	frozen, plan, err := store.Message(ctx, record)
	return Subject{Record: record, Message: frozen, Plan: plan}, err
}

// begin starts the report, masked where it can be read by more than the
// addressees of the mail; fill gives it everybody who was not accepted, out of
// the ledger, shard by shard.
func (s Subject) begin(store *ledgerstore.Store, kind crier.ReportKind, masked bool) *report.Builder {
	facts := s.facts(kind, store.Clock.Now())
	facts.Masked = masked
	return report.New(facts)
}

func (s Subject) fill(ctx context.Context, store *ledgerstore.Store, b *report.Builder) error {
	var sent times
	var at place
	want := func(shard *crier.DeliveryShard) bool {
		sent.add(shard)
		at.add(shard)
		return !ledgerstore.AllAccepted(shard)
	}
	err := store.Each(ctx, s.Record, want, func(d ledgerstore.Delivery) bool {
		switch {
		case d.State == crier.DeliveryAccepted:
		case d.Lost:
			b.AddLost(RowOf(d), at.part(d.Shard))
		default:
			b.Add(RowOf(d))
		}
		return true
	})
	b.Sent(sent.first, sent.last)
	return err
}

// RowOf is what became of a recipient as a report has it.
func RowOf(d ledgerstore.Delivery) report.Row {
	row := report.Row{Recipient: d.Subscriber.Email, List: d.Subscriber.List, State: d.State}
	if d.Exception != nil {
		row.Attempts = int(d.Exception.Attempts)
		if d.Exception.At != 0 {
			row.LastAttempt = time.Unix(d.Exception.At, 0).UTC()
		}
	}
	if d.Reply != nil {
		row.Cause = outcome.Cause(d.Reply.Cause)
		row.Code = int(d.Reply.Code)
		row.Enhanced = d.Reply.Enhanced
		row.Text = d.Reply.Text
		row.Phase = d.Reply.Phase
	}
	return row
}

func (s Subject) facts(kind crier.ReportKind, now time.Time) report.Facts {
	state := s.Record.State
	facts := report.Facts{
		Kind: kind, Namespace: s.Record.Spec.Namespace, Name: s.Record.Spec.Broadcast,
		Subject: headlines(s.Message, s.Record.Spec.Broadcast), List: s.Plan.List, ListAddress: s.Plan.ListAddress,
		From: s.Message.From.Address, Revision: s.Plan.Revision, Run: state.Run,
		GeneratedAt: now, Totals: state.Totals, SetBack: state.SetBack != nil,
	}
	if lists := s.Plan.Lists; len(lists) > 1 {
		facts.List, facts.ListAddress = lists[0].Name, lists[0].Address
		for _, list := range lists {
			facts.Lists = append(facts.Lists, report.List(list))
		}
	}
	if name := s.Message.From.Name; name != "" {
		facts.From = name + " <" + s.Message.From.Address + ">"
	}
	if state.Route != nil {
		facts.RelayName = state.Route.Relay.Namespace + "/" + state.Route.Relay.Name
	}
	if kind == crier.ReportFinal {
		facts.Result = state.Result
	}
	if facts.NotBegun = state.Frozen == nil; !facts.NotBegun {
		facts.MessageHash = state.MessageHash
	}
	if state.Resend != nil {
		facts.Resend = state.Resend.Only
	}
	if state.Audience != nil {
		facts.Audience = *state.Audience
	}
	if state.Pass != nil {
		facts.Passes = state.Pass.Number
	}
	if state.Deadline != nil {
		facts.Deadline = state.Deadline.Time
	}
	if state.StartedAt != nil {
		facts.StartedAt, facts.FirstMessageAt = state.StartedAt.Time, state.StartedAt.Time
	}
	if state.FinishedAt != nil {
		facts.FinishedAt = state.FinishedAt.Time
	}
	return facts
}

// place knows how many recipients are in the shards before the one that is
// looked at, as long as none of them is missing.
type place struct {
	next   int32
	before int64
	broken bool
}

func (p *place) add(shard *crier.DeliveryShard) {
	p.broken = p.broken || shard.Spec.Index != p.next
	p.next = shard.Spec.Index + 1
	p.before += int64(shard.Spec.Recipients)
}

// part is the shard as a report names it.
func (p *place) part(shard *crier.DeliveryShard) report.LostPart {
	part := report.LostPart{Shard: shard.Spec.Index, Totals: shard.State.Totals}
	if !p.broken {
		part.First, part.Last = p.before-int64(shard.Spec.Recipients)+1, p.before
	}
	return part
}

// times are those of the first and the last message, as the shards have them.
type times struct{ first, last time.Time }

func (t *times) add(shard *crier.DeliveryShard) {
	state := shard.State
	if state.Date != nil && (t.first.IsZero() || state.Date.Time.Before(t.first)) {
		t.first = state.Date.Time
	}
	if renewed := state.Claim.RenewTime; renewed != nil && renewed.After(t.last) {
		t.last = renewed.Time
	}
}
