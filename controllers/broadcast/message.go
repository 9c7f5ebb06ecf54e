package broadcast

import (
	"fmt"
	"slices"
	"strings"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/ledgerstore"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/writing/draft"
	"crier.dev/crier/internal/writing/message"
)

// facts are everything that the message depends on, as far as it is known.
func (s *scope) facts() draft.Facts {
	return draft.Facts{
		Broadcast: s.broadcast, Lists: s.lists, Relay: s.relay,
		Template: s.template, Files: s.files, Edition: s.edition(),
	}
}

// edition is the run of the name, as its record has it. The record's UID tells
// it from runs of the same name in another cluster, or after the record is gone.
func (s *scope) edition() draft.Edition {
	if s.record == nil {
		return draft.Edition{At: s.now}
	}
	state := &s.record.State
	return draft.Edition{
		Run: fmt.Sprintf("%s/%d", s.record.UID, state.Run), Began: state.FirstSeen.Time, At: s.now,
	}
}

// write puts together the message that would be frozen now: everything that the
// lists, the Relay, the template and the Broadcast say about it. Its key is drawn
// when it is frozen; for trial it is composed with an empty one.
func (s *scope) write() (err error) {
	if s.frozen, err = draft.MessageOf(s.facts(), s.content); err != nil {
		return err
	}
	if err := draft.CheckImages(s.frozen); err != nil {
		return err
	}
	s.composer, err = message.NewComposer(keyed(s.frozen, make([]byte, message.KeySize)))
	return err
}

// keyed is a message with the key of a run.
func keyed(frozen message.Frozen, key []byte) message.Frozen {
	frozen.Key = key
	return frozen
}

// reportPlan is of all lists: each list's addressees get the report.
func (s *scope) reportPlan() ledgerstore.ReportPlan {
	plan := ledgerstore.ReportPlan{Revision: s.broadcast.Annotations[crier.AnnotationRevision]}
	var names, addresses []string
	for _, list := range s.lists {
		names = append(names, list.Name)
		addresses = append(addresses, string(list.Spec.Address))
		plan.Lists = append(plan.Lists, ledgerstore.ReportList{Name: list.Name, Address: string(list.Spec.Address)})
		plan.To = join(plan.To, addressees(list))
		plan.Masked = plan.Masked || masked(list)
		if after := reportAfter(list); plan.AfterSeconds == 0 || after < plan.AfterSeconds {
			plan.AfterSeconds = after
		}
	}
	plan.List, plan.ListAddress = strings.Join(names, ", "), strings.Join(addresses, ", ")
	// The mail shows addresses to those whom the list has chosen for that, and
	// to nobody else.
	plan.MaskedMail = slices.ContainsFunc(s.lists, func(list *crier.MailingList) bool {
		return masked(list) && len(join(addressees(list), plan.To)) > len(addressees(list))
	})
	return plan
}

// masked says whether a list has its members' addresses masked.
func masked(list *crier.MailingList) bool { return list.Spec.Report.Addresses == crier.AddressesMasked }

// addressees are those of a list's reports.
func addressees(list *crier.MailingList) []string {
	if len(list.Spec.Report.To) == 0 {
		return []string{draft.Spelled(string(list.Spec.Owners[0]))}
	}
	var to []string
	for _, address := range list.Spec.Report.To {
		to = join(to, []string{draft.Spelled(string(address))})
	}
	return to
}

// join adds the addresses that aren't there yet.
func join(to, more []string) []string {
	out := to[:len(to):len(to)]
	for _, address := range more {
		same := func(known string) bool { return roster.Key(known) == roster.Key(address) }
		if !slices.ContainsFunc(out, same) {
			out = append(out, address)
		}
	}
	return out
}

// reportAfter is when a preliminary report of a list is due, in seconds.
func reportAfter(list *crier.MailingList) int64 {
	if after := list.Spec.Report.After; after != nil {
		return int64(after.Duration / time.Second)
	}
	return int64(time.Hour / time.Second)
}
