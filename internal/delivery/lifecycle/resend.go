package lifecycle

import (
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/words"
)

// NewResend says whether a resend was neither carried out in this run nor
// asked for before the recipients were frozen. Git goes back and forth: a
// token acts once in the life of a run, whatever came after it.
func NewResend(state *crier.DeliveryRecordState, resend *crier.Resend) bool {
	// Releases before the list remember the last one only.
	last := state.Resend != nil && resend != nil && state.Resend.Token == resend.Token
	return resend != nil && !last && !Used(state.ResendTokens, resend.Token)
}

// PassOver notes a resend that stands in a Broadcast whose recipients aren't
// frozen, and says whether that changed anything: there is nobody yet who
// could be sent to again, so it came with a copied manifest, or with one that
// was applied to a cluster that has lost its record.
func PassOver(state *crier.DeliveryRecordState, resend *crier.Resend, now time.Time) bool {
	if !NewResend(state, resend) || len(state.ResendTokens) >= MaxResendTokens {
		return false // with a full list none is heeded anyway
	}
	state.ResendTokens = Use(state.ResendTokens, resend.Token, 0, now)
	return true
}

// RefuseResend says why a new resend isn't carried out, and what to do, or is
// empty. detail says whether results per recipient can be read.
func RefuseResend(state *crier.DeliveryRecordState, resend *crier.Resend, detail bool, now time.Time) string {
	latest, pending := now.Add(MaxWindow), Reachable(state).Pending
	switch {
	case !now.Before(resend.NotAfter.Time):
		return "The resend is too late: its notAfter has passed. Set a later notAfter under a new token."
	case resend.NotAfter.After(latest):
		return fmt.Sprintf("The resend has a notAfter more than 90 days away. Set it to %s or earlier.", latest.UTC().Format(time.RFC3339))
	case !detail:
		return "Results per recipient are deleted after 7 days, so this resend is no longer possible. Create a new Broadcast."
	case len(noted(state, resend, now)) > MaxResendTokens:
		return fmt.Sprintf("This Broadcast was given %d tokens for a resend, and no more can be remembered. Create a new Broadcast.", MaxResendTokens)
	case selective(resend.Only) && pending > 0:
		return fmt.Sprintf("%s %s never sent to. Resend with only: Remaining first, under another token; then to the failed or the unknown.",
			words.Count(pending, "recipient"), words.Verb(pending, "was"))
	}
	return ""
}

// selective says whether a resend leaves out those who were never sent to. A
// pass always sends to them.
func selective(only crier.ResendSelection) bool {
	return only == crier.ResendFailed || only == crier.ResendUnknown
}

// Reopen opens a record for another pass, as a resend asks that is new and
// not refused.
func Reopen(state *crier.DeliveryRecordState, resend *crier.Resend, now time.Time) {
	at, deadline := metav1.NewTime(now), resend.NotAfter
	state.ResendTokens = noted(state, resend, now)
	state.Resend = &crier.RecordResend{Token: resend.Token, Only: resend.Only, At: at}
	if state.Pass != nil {
		state.Resend.AfterPass = state.Pass.Number
	}
	state.NextPass = &crier.NextPass{At: at, Selects: Resend(resend.Only)}
	state.Stage, state.Result, state.FinishedAt, state.Stop = crier.RecordFrozen, "", nil, nil
	state.StartedAt = &at
	state.LatestDeadline = latest(TakenUntil(state), &deadline)
	state.Deadline = &deadline
	if resend.Only == crier.ResendAll {
		state.Generation++
	}
}

// noted are the tokens once a resend is carried out, with the last one of a
// record that an older release wrote.
func noted(state *crier.DeliveryRecordState, resend *crier.Resend, now time.Time) []crier.UsedToken {
	tokens := state.ResendTokens
	if last := state.Resend; last != nil {
		tokens = Use(tokens, last.Token, 0, last.At.Time)
	}
	return Use(tokens, resend.Token, 0, now)
}
