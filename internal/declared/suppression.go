package declared

import (
	"errors"
	"fmt"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/roster"
	"crier.dev/crier/internal/source"
	"crier.dev/crier/internal/source/csv"
	"crier.dev/crier/internal/suppression"
)

// Suppressed is what is known of one Suppression.
type Suppressed struct {
	// Rejected rows, at most roster.MaxRejected. Those with an address are
	// heeded all the same.
	Rejected []roster.Rejected
	// Addresses are how many are suppressed; Over is how many rows had come to
	// their end.
	Addresses, Over int
	// Unknown says what would have to be read and isn't declared here, such as
	// "Secret left"; "" if everything is. Then it isn't known who is suppressed.
	Unknown string
	// Problem is why Crier couldn't heed it: mail that it may be about waits
	// until it is mended. It is nil for none.
	Problem *suppression.Unusable

	reading *suppression.Reading
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
				return s
			}
		}
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
		return s.fail(errors.New("it names neither ConfigMap nor Secret"))
	}
	object, ok := w.files(kind).Get(Key{namespace, keys.Name})
	if !ok {
		s.Unknown = kind + " " + keys.Name
		return false
	}
	if kind == "Secret" && object.Value.Use != crier.UseSuppression {
		return s.fail(&suppression.Unusable{Reason: crier.ReasonSecretNotLabeled, Message: fmt.Sprintf(
			"Secret %s doesn't say that Crier may use it. If it may, give it the label %s: %s.", keys.Name, crier.LabelUse, crier.UseSuppression)})
	}
	files, err := csv.Pick(from, object.Value.Data)
	for i := 0; i < len(files) && err == nil; i++ {
		err = s.reading.Add(files[i])
	}
	return err == nil || s.fail(err)
}

// fail notes why nothing can be said about who is suppressed. It is false.
func (s *Suppressed) fail(err error) bool {
	var missing *source.Problem
	switch {
	case errors.As(err, &s.Problem):
	case errors.As(err, &missing):
		s.Problem = &suppression.Unusable{Reason: crier.ReasonSourceNotFound, Message: missing.Message}
	default:
		s.Problem = &suppression.Unusable{Reason: crier.ReasonSourceUnreadable, Message: err.Error()}
	}
	return false
}

// files are the ConfigMaps or Secrets.
func (w *World) files(kind string) *Index[Files] {
	if kind == "Secret" {
		return &w.Secrets
	}
	return &w.ConfigMaps
}
