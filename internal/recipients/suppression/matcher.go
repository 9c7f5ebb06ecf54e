package suppression

import (
	"bytes"
	"errors"
	"io"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/roster"
)

// errOrder is a mistake of the caller.
var errOrder = errors.New("keys must be asked for in ascending order")

// Matcher says of keys that come in ascending order whether they are
// suppressed. It reads each source once and holds one row of it.
type Matcher struct {
	purpose crier.Purpose
	now     time.Time
	sources []*cursor
	last    []byte
}

// cursor is a source and the row that it is at.
type cursor struct {
	source roster.Rows
	row    roster.Row
	begun  bool
	ended  bool
}

// NewMatcher returns a Matcher for mail of that purpose that is sent now,
// over the rows of the suppressions that are about it (see Rows). Without
// sources nobody is suppressed.
func NewMatcher(purpose crier.Purpose, now time.Time, sources ...roster.Rows) *Matcher {
	m := &Matcher{purpose: purpose, now: now}
	for _, source := range sources {
		m.sources = append(m.sources, &cursor{source: source})
	}
	return m
}

// Match says whether a key is suppressed, and for which reason: the first of
// Reasons, if there are several. Keys must not be smaller than the one before.
// Its errors are those of the sources; none quotes a row.
func (m *Matcher) Match(key []byte) (reason crier.SuppressionReason, suppressed bool, err error) {
	if bytes.Compare(key, m.last) < 0 {
		return "", false, errOrder
	}
	m.last = append(m.last[:0], key...)
	best := len(Reasons)
	for _, c := range m.sources {
		there, err := c.seek(key)
		if err != nil {
			return "", false, err
		}
		if !there {
			continue
		}
		row, err := c.row.Subscriber()
		if err != nil {
			return "", false, err
		}
		best = min(best, first(row.Attributes, m.purpose, m.now))
	}
	if best == len(Reasons) {
		return "", false, nil
	}
	return Reasons[best], true, nil
}

// first is the place in Reasons of the first that binds; their number if none
// does. An end that can't be read is none: then it was not we who wrote it.
func first(row map[string]string, purpose crier.Purpose, now time.Time) int {
	for place, reason := range Reasons {
		end, there := row[string(reason)]
		if !there || !Binds(reason, purpose) {
			continue
		}
		if at, err := time.Parse(time.RFC3339, end); err != nil || at.After(now) {
			return place
		}
	}
	return len(Reasons)
}

// Finish reads what is left of the sources. Those that are stored are only
// known to be whole at their end, so nothing that Match said may be relied on
// before Finish has returned nil.
func (m *Matcher) Finish() error {
	for _, c := range m.sources {
		for !c.ended {
			if err := c.next(); err != nil {
				return err
			}
		}
	}
	return nil
}

// seek goes on to a key, and says whether it is there.
func (c *cursor) seek(key []byte) (bool, error) {
	for !c.ended && (!c.begun || bytes.Compare(c.row.Key, key) < 0) {
		if err := c.next(); err != nil {
			return false, err
		}
	}
	return !c.ended && bytes.Equal(c.row.Key, key), nil
}

func (c *cursor) next() error {
	row, err := c.source.Next()
	c.begun = true
	if errors.Is(err, io.EOF) {
		c.ended, c.row = true, roster.Row{}
		return nil
	}
	c.row = row
	return err
}
