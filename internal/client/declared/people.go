package declared

import (
	"errors"
	"io"
	"maps"

	"crier.dev/crier/internal/recipients/audience"
	"crier.dev/crier/internal/recipients/roster"
)

// First is the first recipient, by address, of those who are known.
func (s *Selection) First() (first roster.Subscriber, found bool, err error) {
	row, err := audience.OfLists(s.read(unchanged)...).Next()
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
	return ask(key, s.read(func(source roster.Rows) roster.Rows { return &changed{source, key, given} }))
}

// AskOfStranger says what becomes of somebody who is in no set that is known:
// as a member of a list with sets that aren't, and whatever filters say, since
// who they are is made up.
func (s *Selection) AskOfStranger(address string) (audience.Answer, error) {
	var lists []audience.List
	open := sources{map[*Roster]roster.Rows{}, unchanged}
	for _, of := range s.lists {
		list := s.without(of, open)
		if rows, err := roster.Of([]roster.Subscriber{{Email: address}}); err == nil && of.partial {
			list.Sets = []roster.Rows{rows}
		}
		lists = append(lists, list)
	}
	return ask(roster.Key(address), lists)
}

func ask(key string, lists []audience.List) (audience.Answer, error) {
	answer, err := audience.Ask(key, lists...)
	if err != nil {
		return audience.Answer{}, errRead
	}
	return answer, nil
}

// changed gives one of the rows of a set other attributes.
type changed struct {
	roster.Rows
	key   string
	given map[string]string
}

// Next implements roster.Rows.
func (c *changed) Next() (roster.Row, error) {
	row, err := c.Rows.Next()
	if err != nil || len(c.given) == 0 || string(row.Key) != c.key || row.Named() {
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
