package relayshare

import (
	"context"

	"sigs.k8s.io/controller-runtime/pkg/log"

	crier "crier.dev/crier/api/v1alpha1"
)

// setBack says whether the book is one that was replaced since, or was deleted
// by somebody else, as by the restore of a backup. Rations that it doesn't know
// of may be in force, so nothing is issued until they are over.
func (s *scope) setBack(ctx context.Context) bool {
	s.mu.Lock()
	last := s.rounds[s.relay]
	s.mu.Unlock()
	if s.sheet.Round >= last {
		s.remember()
		return false
	}
	log.FromContext(ctx).Info("the book of a Relay's shares was set back; nothing new is sent through it until all shares are over",
		"round", s.sheet.Round, "seen", last)
	s.sheet.Lost(last, s.now)
	return true
}

// remember notes the round of the book as it was read or written. A Relay is
// looked at by one at a time.
func (s *scope) remember() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rounds == nil {
		s.rounds = map[crier.NamespacedReference]int64{}
	}
	s.rounds[s.relay] = s.sheet.Round
}

// forget lets a book begin anew that is deleted because nothing is lost with it.
func (s *scope) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.rounds, s.relay)
}
