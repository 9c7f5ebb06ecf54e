// Package collect takes what a source reads into a roster, with the types that
// a set declares.
package collect

import (
	"io"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/audience"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/recipients/source"
)

// Sink gives what a source reads to a collector.
type Sink struct {
	*roster.Collector
	confidential bool
	lists        map[string]bool
	stop         func() // ends the read when nothing more is taken
}

// New makes a collector that knows the declared types, and a sink for it. Of
// remote sources no row is ever shown. stop is called when there are more rows
// than limits allow.
func New(spec crier.SubscriberSetSpec, limits roster.Limits, remote bool, stop func()) *Sink {
	s := &Sink{Collector: roster.NewCollector(limits), confidential: remote, lists: map[string]bool{}, stop: stop}
	for name, declared := range spec.Attributes {
		s.lists[name] = declared.ValueType() == crier.AttributeList
	}
	s.Expect(audience.Checkers(spec))
	return s
}

// Subscriber implements source.Sink.
func (s *Sink) Subscriber(from string, place int, sub roster.Subscriber, also ...string) {
	if s.confidential {
		s.AddConfidential(from, place, sub, also...)
	} else {
		s.AddSubscriber(from, place, sub, also...)
	}
	if s.Full() {
		s.stop()
	}
}

// TooMany is why a set can't be used that has more people than one may have.
func TooMany() *source.Problem {
	return source.Say(source.TooLarge, "There are more subscribers than one set may have (2,000,000), or they take more than 192 MiB compressed: split it into several sets, or take fewer attributes.")
}

// Outcome is what was read, once the source has come to its end. It is a
// *source.Problem if that can't be used: there is too much, or nobody can be
// made out in what there is. Other errors could quote a subscriber.
func (s *Sink) Outcome() (roster.Result, error) {
	r, err := s.Result()
	switch {
	case err != nil:
		return r, err
	case r.LimitReached:
		return r, TooMany()
	case r.Nobody() != "":
		return r, source.Say(source.Unreadable, "%s", r.Nobody())
	}
	return r, nil
}

// CSV implements source.Sink.
func (s *Sink) CSV(from string, data io.Reader, m roster.Mapping, o roster.CSVOptions) error {
	o.Confidential = o.Confidential || s.confidential
	return s.AddCSV(from, data, m, o)
}

// JSONLines implements source.Sink.
func (s *Sink) JSONLines(from string, data io.Reader, m roster.Mapping, o roster.CSVOptions) error {
	o.Confidential = o.Confidential || s.confidential
	return s.AddJSONLines(from, data, m, o)
}

// Sorted implements source.Sink.
func (s *Sink) Sorted(rows roster.Rows) error { return s.AddSorted("union", rows) }

// ListAttributes implements source.Sink.
func (s *Sink) ListAttributes() map[string]bool { return s.lists }
