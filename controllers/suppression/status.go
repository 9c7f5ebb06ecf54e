package suppression

import (
	"context"
	"fmt"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/words"
)

const (
	// keepPrevious is how long addresses are kept after others took their
	// place, because a plan may be reading them.
	keepPrevious = 10 * time.Minute
	// lookEvery is when a list or Relay that isn't there is looked for again,
	// and files that nothing may be told of.
	lookEvery = 5 * time.Minute
	// expiryEvery is the shortest time between two looks at what has expired.
	// Whoever sends heeds ends to the second; this only keeps figures true.
	expiryEvery = time.Minute
)

// status is what is known after a Suppression was read. Conditions come later.
func (s *scope) status() crier.SuppressionStatus {
	status := s.previous
	status.Addresses = int64(s.outcome.Addresses)
	status.Rejected = int64(s.outcome.RejectedTotal)
	status.Roster = &crier.RosterStatus{
		Digest: s.outcome.Digest, Generation: s.object.Generation, Parts: s.parts, SyncedAt: metav1.NewTime(s.now),
	}
	if old := s.previous.Roster; old != nil && old.Digest == s.outcome.Digest {
		status.Roster.SyncedAt = old.SyncedAt
	}
	status.Read = nil
	if s.inputs != "" {
		status.Read = &crier.SuppressionRead{At: metav1.NewTime(s.now), Inputs: s.inputs}
	}
	return status
}

// missing names the list or Relay that the scope is about and that isn't
// there: a misspelled name would suppress nobody, and nobody would see it.
func (s *scope) missing(ctx context.Context) string {
	var named client.Object
	switch scope := s.object.Spec.Scope; scope.Kind {
	case crier.ScopeList:
		named = &crier.MailingList{}
	case crier.ScopeRelay:
		named = &crier.Relay{}
	default:
		return ""
	}
	name := s.object.Spec.Scope.Name
	err := s.Client.Get(ctx, client.ObjectKey{Namespace: s.object.Namespace, Name: name}, named)
	if apierrors.IsNotFound(err) {
		kind := map[crier.SuppressionScopeKind]string{crier.ScopeList: "MailingList", crier.ScopeRelay: "Relay"}
		return fmt.Sprintf("%s %s", kind[s.object.Spec.Scope.Kind], name)
	}
	return "" // or it isn't known: then nothing is said
}

// summary is the verdict on a Suppression that was read.
func (s *scope) summary(missing string) reconcile.Verdict {
	parts := []string{words.Count(s.outcome.Addresses, "address")}
	if n := s.outcome.Over; n > 0 {
		parts = append(parts, words.Count(n, "expired row"))
	}
	if n := s.outcome.RejectedTotal; n > 0 {
		parts = append(parts, words.Count(n, "rejected row"))
	}
	text := strings.Join(parts, ", ") + "."
	if len(s.outcome.Rejected) > 0 {
		text += " " + rejected(s.outcome.Rejected[0])
	}
	if missing != "" {
		text += fmt.Sprintf(" There is no %s in this namespace: check the spelling, or create it.", missing)
	}
	return reconcile.IsReady(crier.ReasonReady, "%s", text)
}

// rejected says where a row is and what is wrong with it, and nothing of it.
func rejected(row roster.Rejected) string {
	if row.Line > 0 {
		return fmt.Sprintf("%s, line %d: %s", row.Source, row.Line, row.Reason)
	}
	return row.Source + ": " + row.Reason
}

// untilTidy is how long what was stored before is still kept.
func (s *scope) untilTidy() time.Duration {
	return s.object.Status.Roster.SyncedAt.Add(keepPrevious).Sub(s.now)
}

// lookAgain is when to look again though nothing changed; 0 for never.
func (s *scope) lookAgain(missing bool) time.Duration {
	after := max(0, s.untilTidy())
	sooner := func(d time.Duration) {
		if after == 0 || d < after {
			after = d
		}
	}
	if next := s.outcome.Next; !next.IsZero() {
		sooner(max(expiryEvery, next.Sub(s.now)))
	}
	// Where only some namespaces are served, files beside the operator are not
	// watched.
	if missing || s.object.Spec.CSV != nil && s.object.Namespace == s.Namespace {
		sooner(lookEvery)
	}
	return after
}

// applyVerdict puts the verdict into the status.
func (s *scope) applyVerdict(v reconcile.Verdict) {
	status := &s.object.Status
	status.ObservedGeneration = s.object.Generation
	before := s.previous.DeepCopy()
	status.Conditions = reconcile.Conditions(before.Conditions, s.object.Generation, v, s.now)
}
