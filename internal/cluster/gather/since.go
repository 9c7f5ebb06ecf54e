package gather

import (
	"context"
	"errors"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/rosterstore"
	"crier.dev/crier/internal/readable"
	"crier.dev/crier/internal/recipients/suppression"
)

// Origin is what marks are made of that are made of these.
func (g *Suppressions) Origin() *suppression.Origin {
	o := &suppression.Origin{Version: g.Digest(), Purpose: g.mail.Purpose, Lists: g.mail.Lists}
	for i := range g.found {
		s := &g.found[i]
		from := suppression.Source{Namespace: s.Namespace, Name: s.Name, Scope: s.Spec.Scope.Kind, About: s.Spec.Scope.Name}
		if s.Status.Roster != nil {
			from.Digest = s.Status.Roster.Digest
		}
		o.Sources = append(o.Sources, from)
	}
	return o
}

// Since says what has changed in all that applies since marks were made. It is
// false if that isn't known, or is too much to be of use: then everything has
// to be asked. Subscriptions that Crier manages will say here what changed
// since a version.
func (g *Suppressions) Since(ctx context.Context, before *suppression.Origin) (changed []suppression.Changed, known bool, err error) {
	moved, known := g.Origin().Since(before)
	if !known {
		return nil, false, nil
	}
	sum := 0
	for _, m := range moved {
		changes, known, err := g.changesOf(ctx, m)
		if err != nil || !known {
			return nil, false, err
		}
		if sum += len(changes); sum > suppression.MaxChanged {
			return nil, false, nil
		}
		changed = append(changed, suppression.Changed{Source: m.Source, Changes: changes})
	}
	return changed, true, nil
}

func (g *Suppressions) changesOf(ctx context.Context, m suppression.Moved) (map[string]suppression.Change, bool, error) {
	of := client.ObjectKey{Namespace: m.Namespace, Name: m.Name}
	if m.From != "" {
		all, err := rosterstore.Changes(ctx, g.reader, g.namespace, of)
		if err != nil {
			return nil, false, err
		}
		changes, known := all.Between(m.From, m.Digest)
		return changes, known, nil
	}
	for i := range g.found {
		s := &g.found[i]
		if s.Namespace != m.Namespace || s.Name != m.Name {
			continue
		}
		rows := rosterstore.Open(ctx, g.reader, g.namespace, rosterstore.Suppressions, of, s.Status.Roster)
		changes, err := rosterstore.All(rows)
		if errors.Is(err, suppression.ErrTooManyChanges) {
			return nil, false, nil
		}
		return changes, err == nil, err
	}
	return nil, false, nil
}

// Lag is a Suppression that was read, and has been changed since.
type Lag struct {
	// Of is the Suppression, Read the generation of it that was read.
	Of   types.UID
	Read int64
}

// Lags are those that lag behind. It is false if others aren't known either:
// those that were never read, or can't be.
func (g *Suppressions) Lags() (lags []Lag, others bool) {
	for i := range g.found {
		s := &g.found[i]
		if SuppressionReady(s) {
			continue
		}
		read := s.Status.ObservedGeneration
		if !readBefore(s) {
			others = true
			continue
		}
		lags = append(lags, Lag{s.UID, read})
	}
	return lags, others
}

// readBefore says whether an earlier generation was read and could be used.
func readBefore(s *crier.Suppression) bool {
	c := meta.FindStatusCondition(s.Status.Conditions, crier.ConditionReady)
	read := s.Status.ObservedGeneration
	return c != nil && c.Status == metav1.ConditionTrue && c.ObservedGeneration == read && read < s.Generation &&
		s.Status.Roster != nil && s.Status.Roster.Generation == read && readable.Check(s) == nil
}
