package audience

import (
	"bytes"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/filter"
	"crier.dev/crier/internal/roster"
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

// members are the subscribers of one list, and what it means for them.
type members struct {
	place    int
	union    *roster.Merge
	exclude  *roster.Merge
	filters  []*filter.Filter
	suppress Matcher

	row    roster.Row
	fate   fate
	reason crier.SuppressionReason
	given  bool // row was dealt with
	done   bool

	excluded roster.Row // the next of exclude
	asked    bool       // excluded was read
	gone     bool       // exclude has come to its end
}

// newMembers sends to subscribers only, and leaves out whoever an excluded set
// names, also in a row that can't be used.
func newMembers(place int, list List) *members {
	sets := make([]roster.Source, len(list.Sets))
	for i, set := range list.Sets {
		sets[i] = roster.Subscribers(set)
	}
	m := &members{place: place, union: roster.NewMerge(sets...), filters: list.Filters, suppress: list.Suppressed}
	if len(list.Exclude) > 0 {
		m.exclude = roster.NewMerge(list.Exclude...)
	}
	return m
}

// next moves on to the next subscriber, or sets done.
func (m *members) next() error {
	if m.done {
		return nil
	}
	row, err := m.union.Next()
	if isEOF(err) {
		m.done = true
		return m.finish()
	}
	if err != nil {
		return err
	}
	m.row, m.given = row, false
	m.fate, err = m.judge(row)
	return err
}

// finish reads what is left of the excluded sets: the digest of a roster is
// only checked at its end.
func (m *members) finish() error {
	for m.exclude != nil && !m.gone {
		if _, err := m.exclude.Next(); isEOF(err) {
			m.gone = true
		} else if err != nil {
			return err
		}
	}
	if m.suppress != nil {
		return m.suppress.Finish()
	}
	return nil
}

func (m *members) judge(row roster.Row) (fate, error) {
	if out, err := m.isExcluded(row.Key); err != nil || out {
		return excluded, err
	}
	if f, err := m.filter(row); err != nil || f != reached {
		return f, err
	}
	if m.suppress == nil {
		return reached, nil
	}
	reason, match, err := m.suppress.Match(row.Key)
	if err != nil || !match {
		return reached, err
	}
	m.reason = reason
	return suppressed, nil
}

// isExcluded goes along with the excluded sets, which are in the same order.
func (m *members) isExcluded(key []byte) (bool, error) {
	for m.exclude != nil && !m.gone {
		if m.asked {
			if c := bytes.Compare(m.excluded.Key, key); c >= 0 {
				return c == 0, nil
			}
		}
		row, err := m.exclude.Next()
		if isEOF(err) {
			m.gone = true
			return false, nil
		}
		if err != nil {
			return false, err
		}
		m.excluded, m.asked = row, true
	}
	return false, nil
}

func (m *members) filter(row roster.Row) (fate, error) {
	if len(m.filters) == 0 {
		return reached, nil
	}
	person, err := row.Subscriber()
	if err != nil {
		return notSelected, err
	}
	worst := reached
	for _, f := range m.filters {
		switch f.Select(person) {
		case filter.NotSelected:
			return notSelected, nil
		case filter.Undecided:
			worst = undecided
		}
	}
	return worst, nil
}
