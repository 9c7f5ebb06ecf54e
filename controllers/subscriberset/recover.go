package subscriberset

import (
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/rosterstore"
	"crier.dev/crier/internal/recipients/roster"
)

// recover finds the roster in use again when the status was wiped: without it
// a guard would take what comes next for the first sync of a new set, and a
// source that is down would leave the set without anybody.
func (s *scope) recover(ctx context.Context) error {
	if s.set.Status.Roster != nil {
		return nil
	}
	newest, stored := s.newest()
	if newest == nil {
		return nil
	}
	digest := newest[annotationRoster]
	parts := s.parts.Count(digest)
	n, attributes, err := s.survey(ctx, digest, parts)
	if errors.Is(err, rosterstore.ErrUnavailable) {
		return nil // a part is gone: as if there were none
	}
	if err != nil {
		return err
	}
	status := &s.set.Status
	status.Subscribers, status.Attributes = n, attributes
	status.Roster = &crier.RosterStatus{Digest: digest, Parts: parts, SyncedAt: stored}
	status.Sync = &crier.SyncStatus{At: stored, Accepted: newest[annotationAccepted]}
	if spec := s.inputs.SpecOf(digest); newest[annotationSpec] == spec {
		status.Sync.Inputs = spec // but not of the objects: it is read again
	}
	return nil
}

// newest are the annotations of the roster that was stored last, of those that
// this very set had in use, and when that was.
func (s *scope) newest() (about map[string]string, stored metav1.Time) {
	for one := range s.parts.Notes() {
		at, err := time.Parse(time.RFC3339Nano, one[annotationStored])
		if err != nil || one[annotationSet] != string(s.set.UID) || one[annotationHeld] != "" || one[annotationRoster] == "" {
			continue
		}
		if about == nil || at.After(stored.Time) {
			about, stored = one, metav1.NewTime(at)
		}
	}
	return about, stored
}

// survey counts a stored roster, which also checks that it is whole.
func (s *scope) survey(ctx context.Context, digest string, parts int32) (n int64, attributes []string, err error) {
	rows, names := roster.Subscribers(s.openStored(ctx, digest, parts)), map[string]bool{}
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			all := slices.Sorted(maps.Keys(names))
			return n, all[:min(len(all), maxAttributes)], nil
		}
		if err != nil {
			return 0, nil, err
		}
		sub, err := row.Subscriber()
		if err != nil {
			return 0, nil, err
		}
		for name := range sub.Attributes {
			names[name] = true
		}
		n++
	}
}
