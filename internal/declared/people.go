package declared

import (
	"errors"
	"io"
	"maps"

	"crier.dev/crier/internal/audience"
	"crier.dev/crier/internal/filter"
	"crier.dev/crier/internal/roster"
)

// First is the first recipient, by address, of those who are known.
func (s *Selection) First() (first roster.Subscriber, found bool, err error) {
	row, err := audience.OfLists(s.open(all)...).Next()
	switch {
	case errors.Is(err, io.EOF):
		return first, false, nil
	case err != nil:
		return first, false, errRead
	}
	first, err = row.Subscriber()
	return first, err == nil, err
}

// Ask says what becomes of an address. Attributes that are given take the
// place of those that the sets have.
func (s *Selection) Ask(address string, given map[string]string) (audience.Answer, error) {
	key := roster.Key(address)
	return s.ask(key, func(of selected) ([]roster.Source, []*filter.Filter) {
		sets, filters := all(of)
		for i := range sets {
			sets[i] = changed{sets[i], key, given}
		}
		return sets, filters
	})
}

// AskOfStranger says what becomes of somebody who is in no set that is known:
// as a member of a list with sets that aren't, and whatever filters say, since
// who they are is made up.
func (s *Selection) AskOfStranger(address string) (audience.Answer, error) {
	return s.ask(roster.Key(address), func(of selected) ([]roster.Source, []*filter.Filter) {
		if !of.partial {
			return nil, nil
		}
		rows, err := roster.Of([]roster.Subscriber{{Email: address}})
		if err != nil {
			return nil, nil // no address that could be in a set
		}
		return []roster.Source{rows}, nil
	})
}

func (s *Selection) ask(key string, sets func(selected) ([]roster.Source, []*filter.Filter)) (audience.Answer, error) {
	answer, err := audience.Ask(key, s.open(sets)...)
	if err != nil {
		return audience.Answer{}, errRead
	}
	return answer, nil
}

// changed gives one of the rows of a set other attributes.
type changed struct {
	roster.Source
	key   string
	given map[string]string
}

// Next implements roster.Source.
func (c changed) Next() (roster.Row, error) {
	row, err := c.Source.Next()
	if err != nil || len(c.given) == 0 || string(row.Key) != c.key {
		return row, err
	}
	person, err := row.Subscriber()
	if err != nil {
		return row, err
	}
	person.Attributes = maps.Clone(person.Attributes)
	if person.Attributes == nil {
		person.Attributes = map[string]string{}
	}
	maps.Copy(person.Attributes, c.given)
	rows, err := roster.Of([]roster.Subscriber{person})
	if err != nil {
		return row, err
	}
	return rows.Next()
}
