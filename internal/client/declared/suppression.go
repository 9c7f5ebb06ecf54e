package declared

import (
	"context"
	"errors"
	"time"

	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/recipients/source"
	"crier.dev/crier/internal/recipients/suppression"
)

// Suppressed is what is known of one Suppression.
type Suppressed struct {
	// Rejected rows, at most roster.MaxRejected. Those with an address are
	// heeded all the same.
	Rejected []roster.Rejected
	// Addresses are how many are suppressed; Over is how many rows had come to
	// their end.
	Addresses, Over int
	// Unknown says why it isn't known who is suppressed, such as "Secret left
	// isn't known here"; "" if it is, or if there is a Problem.
	Unknown string
	// Problem is why Crier couldn't heed it: mail that it may be about waits
	// until it is mended. It is nil for none.
	Problem *suppression.Unusable

	reading *suppression.Reading
	stored  stored
}

// Suppressed reads a Suppression as far as that can be done without a cluster:
// entries, and CSV files of ConfigMaps and Secrets that are declared too. Rows
// that are over by now are left out. It is nil if there is no such Suppression.
// Whether its scope may be what it is depends on Crier's own namespace: see
// suppression.Permit.
func (w *World) Suppressed(key Key, now time.Time) *Suppressed {
	object, ok := w.Suppressions.Get(key)
	if !ok {
		return nil
	}
	s := &Suppressed{reading: suppression.NewReading(object.Value.Spec, now)}
	if err := s.reading.Files(context.Background(), host{w, key.Namespace}); err != nil {
		s.fail(err)
	}
	// Whoever was found is suppressed, whatever else couldn't be read.
	rows, err := s.reading.Rows()
	if err == nil {
		s.stored, err = store(rows)
	}
	if s.Problem != nil || s.Unknown != "" {
		return s
	}
	if err != nil {
		s.fail(err)
		return s
	}
	out, err := s.reading.Outcome()
	if err != nil {
		s.fail(err)
		return s
	}
	s.Rejected, s.Addresses, s.Over = out.Rejected, out.Addresses, out.Over
	return s
}

// fail notes why nothing can be said about who is suppressed.
func (s *Suppressed) fail(err error) {
	if errors.As(err, &s.Problem) {
		return
	}
	var problem *source.Problem
	if problem, s.Unknown = why(err); problem != nil {
		s.Problem = &suppression.Unusable{Reason: problem.Reason(), Message: problem.Message}
	}
}
