package roster

import (
	"bytes"
	"errors"
	"io"
)

// Merge makes one Source out of several. Of rows with one key, that of the
// earlier source is given and the others are counted. It holds one row of
// each source.
type Merge struct {
	heads      []head // a heap: heads[0] comes first
	sources    []Source
	last       []byte // key of the row given last
	begun      bool
	given      bool // heads[0] was given
	duplicates int64
}

type head struct {
	row   Row
	from  Source
	place int
}

// NewMerge returns a Source over all of sources.
func NewMerge(sources ...Source) *Merge { return &Merge{sources: sources} }

// Duplicates is how many rows were left out so far.
func (m *Merge) Duplicates() int64 { return m.duplicates }

// Next returns the next row, which is valid until the next call.
func (m *Merge) Next() (Row, error) {
	if !m.begun {
		if err := m.begin(); err != nil {
			return Row{}, err
		}
	}
	for {
		if m.given {
			if err := m.advance(); err != nil {
				return Row{}, err
			}
		}
		if len(m.heads) == 0 {
			return Row{}, io.EOF
		}
		top, first := &m.heads[0], !m.given
		m.given = true
		if !first && bytes.Equal(top.row.Key, m.last) {
			m.duplicates++
			continue
		}
		m.last = append(m.last[:0], top.row.Key...)
		return top.row, nil
	}
}

func (m *Merge) begin() error {
	m.begun = true
	for place, source := range m.sources {
		row, err := source.Next()
		if errors.Is(err, io.EOF) {
			continue
		}
		if err != nil {
			return err
		}
		m.heads = append(m.heads, head{row, source, place})
	}
	m.sources = nil
	for i := len(m.heads)/2 - 1; i >= 0; i-- {
		m.down(i)
	}
	return nil
}

// advance replaces the first head by what comes next in its source.
func (m *Merge) advance() error {
	top := &m.heads[0]
	row, err := top.from.Next()
	switch {
	case err == nil:
		top.row = row
	case errors.Is(err, io.EOF):
		last := len(m.heads) - 1
		m.heads[0] = m.heads[last]
		m.heads[last] = head{}
		m.heads = m.heads[:last]
	default:
		return err
	}
	m.down(0)
	return nil
}

// down restores the heap below i.
func (m *Merge) down(i int) {
	for {
		child := 2*i + 1
		if child >= len(m.heads) {
			return
		}
		if right := child + 1; right < len(m.heads) && m.before(right, child) {
			child = right
		}
		if !m.before(child, i) {
			return
		}
		m.heads[i], m.heads[child] = m.heads[child], m.heads[i]
		i = child
	}
}

func (m *Merge) before(i, j int) bool {
	a, b := &m.heads[i], &m.heads[j]
	if c := bytes.Compare(a.row.Key, b.row.Key); c != 0 {
		return c < 0
	}
	return a.place < b.place
}
