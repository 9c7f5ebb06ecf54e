package declared

import (
	"errors"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/recipients/source"
	"crier.dev/crier/internal/recipients/source/csv"
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
	if source := object.Value.Spec.CSV; source != nil {
		for _, from := range source.From {
			if !s.add(w, key.Namespace, from) {
				break
			}
		}
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

// add takes in the files of one object, and says whether they could be read.
func (s *Suppressed) add(w *World, namespace string, from crier.CSVObject) bool {
	kind, keys := csv.Object(from)
	if keys == nil {
		return s.fail(errors.New("neither ConfigMap nor Secret"))
	}
	object, err := w.open(kind, Key{namespace, keys.Name})
	if err == nil && kind == "Secret" && object.Use != crier.UseSuppression {
		err = &suppression.Unusable{Reason: crier.ReasonSecretNotLabeled, Message: unlabeled(keys.Name, crier.UseSuppression)}
	}
	if err != nil {
		return s.fail(err)
	}
	files, err := csv.Pick(from, object.Data)
	for i := 0; i < len(files) && err == nil; i++ {
		err = s.reading.Add(files[i])
	}
	return err == nil || s.fail(err)
}

// fail notes why nothing can be said about who is suppressed. It is false.
func (s *Suppressed) fail(err error) bool {
	if errors.As(err, &s.Problem) {
		return false
	}
	problem, unknownHere := why(err)
	if s.Unknown = unknownHere; problem == nil {
		return false
	}
	reason := crier.ReasonSourceUnreadable
	if problem.Kind == source.Missing {
		reason = crier.ReasonSourceNotFound
	}
	s.Problem = &suppression.Unusable{Reason: reason, Message: problem.Message}
	return false
}
