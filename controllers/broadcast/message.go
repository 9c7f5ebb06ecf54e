package broadcast

import (
	"strings"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/controllers/ledgerstore"
	"crier.dev/crier/controllers/mailinglist"
	"crier.dev/crier/controllers/relay"
	"crier.dev/crier/internal/address"
	"crier.dev/crier/internal/message"
)

// message is the frozen message: everything that the list, the Relay and
// the Broadcast say about it now.
func (s *scope) message() message.Frozen {
	spec, list, via := s.broadcast.Spec, s.list.Spec, s.relay.Spec
	from := message.Mailbox{Name: list.From.Name, Address: list.From.Address}
	if spec.FromName != "" {
		from.Name = spec.FromName
	}
	_, domain := address.Split(spelled(string(list.Address)))
	return message.Frozen{
		Version: message.FrozenVersion,
		Subject: spec.Subject, Text: spec.Content.Text, HTML: spec.Content.HTML,
		From: from, ReplyTo: s.replyTo(),
		ListID: s.listID(), ListName: list.DisplayName, ListPostNO: true,
		ListUnsubscribe: unsubscribe(list),
		MessageIDDomain: domain,
		BounceDomain:    via.BounceDomain,
		BounceTag:       via.Bounces.LocalPart,
		BounceMode:      string(via.Bounces.Mode),
		Footer:          footer(list),
		DKIM:            relay.Selectors(s.relay, from.Address),
		Key:             s.Store.NewKey(),
	}
}

func (s *scope) replyTo() []message.Mailbox {
	mailboxes := s.broadcast.Spec.ReplyTo
	if len(mailboxes) == 0 {
		mailboxes = s.list.Spec.ReplyTo
	}
	if len(mailboxes) == 0 {
		return []message.Mailbox{{Address: string(s.list.Spec.Owners[0])}}
	}
	out := make([]message.Mailbox, 0, len(mailboxes))
	for _, m := range mailboxes {
		out = append(out, message.Mailbox{Name: m.Name, Address: m.Address})
	}
	return out
}

// unsubscribe is where people leave the list. A list of mandatory mail has
// no such place, and must not pretend to.
func unsubscribe(list crier.MailingListSpec) []string {
	if list.Purpose != crier.PurposeSubscribed || list.Unsubscribe == nil {
		return nil
	}
	var targets []string
	if list.Unsubscribe.URL != "" {
		targets = append(targets, list.Unsubscribe.URL)
	}
	if list.Unsubscribe.Mailto != "" {
		targets = append(targets, "mailto:"+string(list.Unsubscribe.Mailto))
	}
	return targets
}

func (s *scope) reportPlan() ledgerstore.ReportPlan {
	options := s.list.Spec.Report
	plan := ledgerstore.ReportPlan{
		List: s.list.Name, ListAddress: string(s.list.Spec.Address),
		AfterSeconds: int64(time.Hour / time.Second),
		Masked:       options.Addresses == crier.AddressesMasked,
		Revision:     s.broadcast.Annotations[crier.AnnotationRevision],
	}
	if options.After != nil {
		plan.AfterSeconds = int64(options.After.Duration / time.Second)
	}
	for _, to := range options.To {
		plan.To = append(plan.To, spelled(string(to)))
	}
	if len(plan.To) == 0 {
		plan.To = []string{spelled(string(s.list.Spec.Owners[0]))}
	}
	return plan
}

// spelled is an address as it goes over the wire: its domain in A-labels.
func spelled(addr string) string {
	parsed, err := address.Parse(addr)
	if err != nil {
		return addr
	}
	return parsed.Spelled
}

// listID is the List-Id. The list's own controller refused addresses that
// can't have one.
func (s *scope) listID() string {
	id, _ := mailinglist.ListID(string(s.list.Spec.Address))
	return id
}

// footer says why one gets this message, and who sends it.
func footer(list crier.MailingListSpec) string {
	name := list.DisplayName
	if name == "" {
		name = string(list.Address)
	}
	text := list.Footer
	switch {
	case text != "":
	case list.Purpose == crier.PurposeMandatory:
		text = "You receive this message because you are on the list " + name + ", which can't be left."
	default:
		text = "You receive this message because you subscribed to " + name + "."
		if targets := unsubscribe(list); len(targets) > 0 {
			text += " Unsubscribe: " + strings.TrimPrefix(targets[0], "mailto:")
		}
	}
	if list.PostalAddress != "" {
		text += "\n" + list.PostalAddress
	}
	return text
}
