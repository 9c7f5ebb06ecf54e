package broadcast

import (
	"fmt"
	"slices"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/controllers/ledgerstore"
	"crier.dev/crier/internal/draft"
	"crier.dev/crier/internal/message"
)

// facts are everything that the message depends on, as far as it is known.
func (s *scope) facts() draft.Facts {
	return draft.Facts{
		Broadcast: s.broadcast, Lists: s.lists, Relay: s.relay,
		Template: s.template, Files: s.files, Key: s.Store.NewKey(), Edition: s.edition(),
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

// message is the frozen message: everything that the lists, the Relay, the
// template and the Broadcast say about it now.
func (s *scope) message() (message.Frozen, error) { return draft.Message(s.facts()) }

// masked says whether one of the lists has its members' addresses masked.
func (s *scope) masked() bool {
	return slices.ContainsFunc(s.lists, func(list *crier.MailingList) bool {
		return list.Spec.Report.Addresses == crier.AddressesMasked
	})
}

func (s *scope) reportPlan() ledgerstore.ReportPlan {
	options := s.list.Spec.Report
	plan := ledgerstore.ReportPlan{
		List: s.list.Name, ListAddress: string(s.list.Spec.Address),
		AfterSeconds: int64(time.Hour / time.Second),
		Masked:       s.masked(),
		Revision:     s.broadcast.Annotations[crier.AnnotationRevision],
	}
	if options.After != nil {
		plan.AfterSeconds = int64(options.After.Duration / time.Second)
	}
	for _, to := range options.To {
		plan.To = append(plan.To, draft.Spelled(string(to)))
	}
	if len(plan.To) == 0 {
		plan.To = []string{draft.Spelled(string(s.list.Spec.Owners[0]))}
	}
	return plan
}
