package lifecycle

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
)

// counts is how long the messages of an hour count from its beginning: a day
// after the last of them.
const counts = 25 * time.Hour

// NewlySent is how many messages have gone out between two sums of a record.
func NewlySent(before, after crier.DeliveryTotals) int64 {
	return max(0, after.Accepted-before.Accepted) + max(0, after.Unknown-before.Unknown)
}

// Charge adds messages to the hour that it is, and forgets the hours that
// don't count any more.
func Charge(sent []crier.SentInHour, messages int64, now time.Time) []crier.SentInHour {
	var out []crier.SentInHour
	hour := now.UTC().Truncate(time.Hour)
	for _, s := range sent {
		if now.Before(s.Hour.Add(counts)) && !s.Hour.Time.Equal(hour) {
			out = append(out, s)
		}
		if s.Hour.Time.Equal(hour) {
			messages += s.Messages
		}
	}
	if messages > 0 {
		out = append(out, crier.SentInHour{Hour: metav1.NewTime(hour), Messages: messages})
	}
	if extra := len(out) - 26; extra > 0 { // a clock that went backwards
		out[extra].Messages += total(out[:extra])
		out = out[extra:]
	}
	return out
}

func total(sent []crier.SentInHour) (n int64) {
	for _, s := range sent {
		n += s.Messages
	}
	return n
}

// Sent is how many messages of a record count now.
func Sent(state *crier.DeliveryRecordState, now time.Time) (n int64) {
	for _, s := range state.Sent {
		if now.Before(s.Hour.Add(counts)) {
			n += s.Messages
		}
	}
	return n
}

// Freed is when the oldest messages of a record stop counting; zero when none do.
func Freed(state *crier.DeliveryRecordState, now time.Time) time.Time {
	var first time.Time
	for _, s := range state.Sent {
		if end := s.Hour.Add(counts); now.Before(end) && (first.IsZero() || end.Before(first)) {
			first = end
		}
	}
	return first
}

// Outstanding is how many messages a record may still send in the pass that
// runs, besides those that are counted already. job and budget are what the
// book of the Relay says about it: of a pass that the record doesn't know
// yet, all of it.
func Outstanding(state *crier.DeliveryRecordState, job string, budget int64) int64 {
	pass := state.Pass
	if state.Stage != crier.RecordFrozen {
		return 0
	}
	var n int64
	if job != "" && (pass == nil || pass.Job != job) {
		n = budget
	}
	if pass == nil || pass.EndedAt != nil {
		return n
	}
	if pass.Budget == 0 { // it started when there was no limit
		return n + Todo(state.Totals, pass.Selects)
	}
	return n + max(0, pass.Budget-pass.Charged)
}

// Uncertain says whether a pass may send to somebody more than the sums of
// the record tell: one who was unknown before, and still is.
func Uncertain(selects []crier.DeliveryState) bool {
	for _, state := range selects {
		if state == crier.DeliveryUnknown || state == crier.DeliveryAccepted {
			return true
		}
	}
	return false
}
