package subscriberset

import (
	"context"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/audience"
	"crier.dev/crier/internal/roster"
	"crier.dev/crier/internal/source"
)

// sink gives what a source reads to a collector.
type sink struct {
	*roster.Collector
	confidential bool
	lists        map[string]bool
	stop         context.CancelFunc // ends the read when nothing more is taken
}

// collect makes a collector that knows the declared types, and a sink for it.
// Of remote sources no row is ever shown.
func collect(set *crier.SubscriberSet, limits roster.Limits, remote bool, stop context.CancelFunc) *sink {
	s := &sink{Collector: roster.NewCollector(limits), confidential: remote, lists: map[string]bool{}, stop: stop}
	for name, declared := range set.Spec.Attributes {
		s.lists[name] = declared.Type == crier.AttributeList
	}
	s.Expect(audience.Checkers(set.Spec))
	return s
}

// Subscriber implements source.Sink.
func (s *sink) Subscriber(from string, place int, sub roster.Subscriber) {
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
func (s *sink) CSV(from string, data source.Reader, m roster.Mapping, o roster.CSVOptions) error {
	o.Confidential = o.Confidential || s.confidential
	return s.AddCSV(from, data, m, o)
}

// JSONLines implements source.Sink.
func (s *sink) JSONLines(from string, data source.Reader, m roster.Mapping, o roster.CSVOptions) error {
	o.Confidential = o.Confidential || s.confidential
	return s.AddJSONLines(from, data, m, o)
}

// Sorted implements source.Sink.
func (s *sink) Sorted(rows roster.Source) error { return s.AddSorted("union", rows) }

// ListAttributes implements source.Sink.
func (s *sink) ListAttributes() map[string]bool { return s.lists }
