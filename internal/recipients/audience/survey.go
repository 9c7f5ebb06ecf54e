package audience

import (
	"bytes"
	"unicode/utf8"

	"crier.dev/crier/internal/recipients/roster"
)

const (
	// maxSample is how many recipients a survey keeps as a sample, and the
	// largest audience that it keeps whole.
	maxSample = 2000
	// maxSampleBytes bounds their lines together, in octets.
	maxSampleBytes = 4 << 20
	// maxLargest is how many of the recipients with most text it keeps.
	maxLargest = 32
)

// Survey keeps a few recipients of a stream, to tell by them how large the
// messages become: all of a small audience, else every n-th together with
// those who have the most text in name and attributes. What it keeps is
// bounded.
type Survey struct {
	seen, stride int64
	sample       [][]byte
	size         int
	largest      []weighed
	least        int // of largest, when that is full
}

type weighed struct {
	line   []byte
	weight int
}

// NewSurvey returns an empty Survey.
func NewSurvey() *Survey { return &Survey{stride: 1} }

// Add looks at one recipient.
func (s *Survey) Add(row roster.Row) {
	if s.seen%s.stride == 0 {
		s.sample = append(s.sample, bytes.Clone(row.Line))
		s.size += len(row.Line)
		for len(s.sample) > maxSample || s.size > maxSampleBytes && len(s.sample) > 1 {
			s.thin()
		}
	}
	s.seen++
	s.weigh(row.Line)
}

// thin leaves every other one.
func (s *Survey) thin() {
	kept := s.sample[:0]
	s.size = 0
	for i, line := range s.sample {
		if i%2 == 0 {
			kept = append(kept, line)
			s.size += len(line)
		}
	}
	clear(s.sample[len(kept):])
	s.sample = kept
	s.stride *= 2
}

func (s *Survey) weigh(line []byte) {
	weight := weightOf(line)
	if len(s.largest) == maxLargest && weight <= s.largest[s.least].weight {
		return
	}
	entry := weighed{bytes.Clone(line), weight}
	if len(s.largest) < maxLargest {
		s.largest = append(s.largest, entry)
	} else {
		s.largest[s.least] = entry
	}
	for i := range s.largest {
		if s.largest[i].weight < s.largest[s.least].weight {
			s.least = i
		}
	}
}

// weightOf is about what a line takes in a message, where an octet that isn't
// ASCII takes three (RFC 2045 section 6.7).
func weightOf(line []byte) int {
	weight := len(line)
	for _, c := range line {
		if c >= utf8.RuneSelf {
			weight += 2
		}
	}
	return weight
}

// Whole says whether Sample is everybody.
func (s *Survey) Whole() bool { return s.stride == 1 }

// Sample are recipients at equal distances.
func (s *Survey) Sample() ([]roster.Subscriber, error) { return subscribers(s.sample) }

// Largest are those with most text, in no order; nobody if Sample is
// everybody.
func (s *Survey) Largest() ([]roster.Subscriber, error) {
	if s.Whole() {
		return nil, nil
	}
	lines := make([][]byte, len(s.largest))
	for i := range s.largest {
		lines[i] = s.largest[i].line
	}
	return subscribers(lines)
}

func subscribers(lines [][]byte) ([]roster.Subscriber, error) {
	out := make([]roster.Subscriber, 0, len(lines))
	for _, line := range lines {
		sub, err := roster.Row{Line: line}.Subscriber()
		if err != nil {
			return nil, err
		}
		out = append(out, sub)
	}
	return out, nil
}
