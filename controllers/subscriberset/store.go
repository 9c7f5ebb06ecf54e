package subscriberset

import (
	"context"
	"errors"
	"time"

	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/cluster/rosterstore"
)

// Annotations of a part of a roster.
const (
	// annotationRoster is the digest of the whole, annotationSet the UID of
	// its set, annotationSpec what of the spec it was read with, and
	// annotationAccepted the consent that was used up by then: of a status
	// that is wiped, all that matters comes back out of these. The roster in use
	// is the one that was stored last (annotationStored).
	annotationRoster   = "crier.dev/roster-digest"
	annotationSet      = "crier.dev/subscriberset-uid"
	annotationSpec     = "crier.dev/roster-spec"
	annotationAccepted = "crier.dev/accept-sync"
	annotationStored   = "crier.dev/stored-at"
	// annotationHeld marks a roster that isn't in use but held by the guard.
	annotationHeld = "crier.dev/held"
)

func (r *Reconciler) rosters() *rosterstore.Store {
	return &rosterstore.Store{Kind: rosterstore.Rosters, Client: r.Client, Reader: r.Reader, Namespace: r.Namespace}
}

// store writes the parts that aren't there yet.
func (s *scope) store(ctx context.Context) (*reconcile.Verdict, error) {
	var err error
	s.count, err = s.keep(ctx, false)
	return nil, err
}

// keep stores what was read, to be used or only held.
func (s *scope) keep(ctx context.Context, held bool) (parts int32, err error) {
	rows, err := s.sink.Rows()
	if err != nil {
		return 0, errors.New("roster: can't be sorted") // the error could quote a subscriber
	}
	return s.parts.Write(ctx, s.result.Digest, rows, rosterstore.About{
		Annotations: s.about(held),
		Same:        []string{annotationSet, annotationHeld},
		// A roster that comes into use again is stored anew, so that it is the last.
		Anew: !held && (s.set.Status.Roster == nil || s.set.Status.Roster.Digest != s.result.Digest),
	})
}

// about are the annotations of what was read.
func (s *scope) about(held bool) map[string]string {
	about := map[string]string{
		annotationRoster: s.result.Digest,
		annotationSet:    string(s.set.UID),
		annotationSpec:   s.inputs.SpecOf(s.result.Digest),
		annotationStored: s.Clock.Now().UTC().Format(time.RFC3339Nano),
	}
	accepted := s.accepted
	if sync := s.set.Status.Sync; sync != nil && accepted == "" {
		accepted = sync.Accepted
	}
	if accepted != "" {
		about[annotationAccepted] = accepted
	}
	if held {
		about[annotationHeld] = "true"
	}
	return about
}
