package audience

import (
	"reflect"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/filter"
	"crier.dev/crier/internal/recipients/roster"
)

// fate is what a list means for one of its subscribers. Of several lists the
// highest counts.
type fate int

const (
	excluded fate = iota
	notSelected
	undecided
	suppressed
	reached
)

// part is what standing in a set means for a list.
type part int

const (
	member         part = iota
	outOfList           // the list leaves them out
	outOfBroadcast      // the Broadcast leaves them out
)

// role is what one source is for one list.
type role struct {
	list int
	as   part
	rank int // among those of its part
}

// cast gives sources their places and roles.
type cast struct {
	sources []roster.Rows
	places  map[roster.Rows]int
	roles   [][]role
}

// give has sources be a part of a list, each once.
func (c *cast) give(list int, as part, sources []roster.Rows) {
	for rank, source := range sources {
		comparable := reflect.ValueOf(source).Comparable() // else it is another one each time
		var place int
		var known bool
		if comparable {
			place, known = c.places[source]
		}
		if !known {
			place = len(c.sources)
			c.sources = append(c.sources, source)
			c.roles = append(c.roles, nil)
		}
		if comparable {
			c.places[source] = place
		}
		if !plays(c.roles[place], list, as) {
			c.roles[place] = append(c.roles[place], role{list, as, rank})
		}
	}
}

func plays(roles []role, list int, as part) bool {
	for _, r := range roles {
		if r.list == list && r.as == as {
			return true
		}
	}
	return false
}

// members are the subscribers of one list, one after the other, and what the
// list means for them.
type members struct {
	place    int
	filters  []*filter.Filter // of the list
	narrow   []*filter.Filter // of the Broadcast
	suppress Matcher
	counts   Reach

	// Of the present one:
	row       roster.Row
	rank      int   // of the set that row is out of
	rows      int64 // in how many sets they are; 0 if they aren't on this list
	out       bool  // the list leaves them out
	narrowed  bool  // the Broadcast leaves them out
	reachable bool  // by the list itself
	fate      fate
	reason    crier.SuppressionReason
}

// clear forgets the present one.
func (m *members) clear() { m.rows, m.out, m.narrowed = 0, false, false }

// take takes in one row of the present one.
func (m *members) take(r role, row roster.Row) {
	switch r.as {
	case outOfList:
		m.out = true
	case outOfBroadcast:
		m.narrowed = true
	case member:
		if m.rows == 0 || r.rank < m.rank {
			m.row, m.rank = row, r.rank
		}
		m.rows++
	}
}

// judge finds out what the list means for the present one: first exclusions,
// then filters, then suppressions.
func (m *members) judge() error {
	m.reachable = false
	if m.out {
		m.fate = excluded
		return nil
	}
	own, all, err := m.filtered()
	if err != nil {
		return err
	}
	m.reachable = own == reached
	if m.narrowed {
		m.fate = excluded
		return nil
	}
	m.fate = all
	if m.fate != reached || m.suppress == nil {
		return nil
	}
	reason, match, err := m.suppress.Match(m.row.Key)
	if match {
		m.fate, m.reason = suppressed, reason
	}
	return err
}

// filtered says what the filters of the list make of the present one, and what
// those of list and Broadcast do.
func (m *members) filtered() (own, all fate, err error) {
	if len(m.filters) == 0 && len(m.narrow) == 0 {
		return reached, reached, nil
	}
	person, err := m.row.Subscriber()
	if err != nil {
		return own, all, err
	}
	own = choose(m.filters, person)
	return own, min(own, choose(m.narrow, person)), nil
}

// choose is notSelected if one of the filters is false, else undecided if one
// is neither true nor false.
func choose(filters []*filter.Filter, person roster.Subscriber) fate {
	worst := reached
	for _, f := range filters {
		switch f.Select(person) {
		case filter.NotSelected:
			return notSelected
		case filter.Undecided:
			worst = undecided
		}
	}
	return worst
}
