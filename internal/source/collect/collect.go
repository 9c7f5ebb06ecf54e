// Package collect takes what a source reads into a roster, with the types that
// a set declares.
package collect

import (
	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/audience"
	"crier.dev/crier/internal/roster"
	"crier.dev/crier/internal/source"
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
		s.lists[name] = declared.Type == crier.AttributeList
	}
	s.Expect(audience.Checkers(spec))
	return s
}

// Subscriber implements source.Sink.
func (s *Sink) Subscriber(from string, place int, sub roster.Subscriber) {
	if s.confidential {
		s.AddConfidential(from, place, sub)
	} else {
		s.AddSubscriber(from, place, sub)
	}
	if s.Full() {
		s.stop()
	}
}

// CSV implements source.Sink.
func (s *Sink) CSV(from string, data source.Reader, m roster.Mapping, o roster.CSVOptions) error {
	o.Confidential = o.Confidential || s.confidential
	return s.AddCSV(from, data, m, o)
}

// JSONLines implements source.Sink.
func (s *Sink) JSONLines(from string, data source.Reader, m roster.Mapping, o roster.CSVOptions) error {
	o.Confidential = o.Confidential || s.confidential
	return s.AddJSONLines(from, data, m, o)
}

// Sorted implements source.Sink.
func (s *Sink) Sorted(rows roster.Source) error { return s.AddSorted("union", rows) }

// ListAttributes implements source.Sink.
func (s *Sink) ListAttributes() map[string]bool { return s.lists }
