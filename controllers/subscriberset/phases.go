package subscriberset

import (
	"context"
	"errors"
	"io"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/kstatus"
	"crier.dev/crier/internal/roster"
)

const (
	// maxPart is the size of a part of a roster in octets: about 20,000
	// subscribers. A Secret may hold 1 MiB, but a plan holds a part of every
	// set at once.
	maxPart = 250_000
	// maxFile and maxSource bound one file and all files of a set, unpacked,
	// in octets: a ConfigMap of 1 MiB can unpack to a thousand times that.
	maxFile   = 64 << 20
	maxSource = 512 << 20
)

const inlineSource = "inline"

// read collects the subscribers.
func (s *scope) read(ctx context.Context) (*kstatus.Verdict, error) {
	c := roster.NewCollector(roster.Limits{})
	source := s.set.Spec.Source
	for i, e := range source.Inline {
		c.AddSubscriber(inlineSource, i+1, roster.Subscriber{Email: e.Email, Name: e.Name, Attributes: e.Attributes})
	}
	if source.CSV != nil {
		if verdict, err := s.readCSV(ctx, c, source.CSV); verdict != nil || err != nil {
			return verdict, err
		}
	}
	result, err := c.Result()
	if err != nil {
		return nil, errors.New("roster: can't be sorted") // the error could quote a subscriber
	}
	if result.LimitReached {
		return tooMany(), nil
	}
	s.result, s.collected, s.digest = result, c, result.Digest
	return nil, nil
}

func tooMany() *kstatus.Verdict {
	v := kstatus.IsStalled(crier.ReasonSourceTooLarge,
		"There are more subscribers than one set may have (2,000,000): split it into several sets.")
	return &v
}

func (s *scope) readCSV(ctx context.Context, c *roster.Collector, source *crier.CSVSource) (*kstatus.Verdict, error) {
	left := int64(maxSource)
	for _, from := range source.From {
		files, verdict, err := s.open(ctx, from)
		if verdict != nil || err != nil {
			return verdict, err
		}
		for _, f := range files {
			data := &counted{in: roster.Open(f.source, f.data, maxFile)}
			verdict := addFile(c, source, f, data)
			if left -= data.n; left < 0 {
				return tooLong(), nil
			}
			if verdict != nil {
				return verdict, nil
			}
		}
	}
	return nil, nil
}

func tooLong() *kstatus.Verdict {
	v := kstatus.IsStalled(crier.ReasonSourceTooLarge,
		"The files of this set have more than %d MiB unpacked: split it into several sets.", maxSource>>20)
	return &v
}

// counted counts the octets that are read.
type counted struct {
	in io.Reader
	n  int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.n += int64(n)
	return n, err
}

// conclude puts what was found into the status.
func (s *scope) conclude(context.Context) (*kstatus.Verdict, error) {
	s.set.Status = status(s.previous, s.result, s.set.Generation, s.digest, int(s.parts), s.Clock.Now())
	v := summary(s.result)
	if wait := s.untilTidy(); wait > 0 {
		v = v.After(wait)
	}
	return &v, nil
}
