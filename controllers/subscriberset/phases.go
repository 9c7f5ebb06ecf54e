package subscriberset

import (
	"context"
	"errors"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/kstatus"
	"crier.dev/crier/internal/roster"
)

const (
	// maxPart is the size of a part of a roster in octets; a Secret may
	// hold 1 MiB.
	maxPart = 900_000
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
	s.result = c.Result()
	if s.result.LimitReached {
		return tooMany(), nil
	}
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
			data, err := roster.Unpack(f.source, f.data, maxFile)
			if err != nil {
				v := kstatus.IsStalled(crier.ReasonSourceUnreadable, "%s.", err)
				return &v, nil
			}
			if left -= int64(len(data)); left < 0 {
				v := kstatus.IsStalled(crier.ReasonSourceTooLarge,
					"The files of this set have more than %d MiB unpacked: split it into several sets.", maxSource>>20)
				return &v, nil
			}
			if verdict := addFile(c, source, f, data); verdict != nil {
				return verdict, nil
			}
		}
	}
	return nil, nil
}

// encode makes the parts that are stored.
func (s *scope) encode(context.Context) (*kstatus.Verdict, error) {
	parts, digest, err := roster.Encode(s.result.Subscribers, maxPart)
	if err != nil {
		return nil, errors.New("roster: can't be encoded") // the error could quote a subscriber
	}
	s.parts, s.digest = parts, digestPrefix+digest
	return nil, nil
}

// conclude puts what was found into the status.
func (s *scope) conclude(context.Context) (*kstatus.Verdict, error) {
	s.set.Status = status(s.previous, s.result, s.set.Generation, s.digest, len(s.parts), s.Clock.Now())
	v := summary(s.result)
	if wait := s.untilTidy(); wait > 0 {
		v = v.After(wait)
	}
	return &v, nil
}
