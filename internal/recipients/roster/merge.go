package roster

import (
	"bytes"
	"errors"
	"io"
)

// Merge makes one Rows out of several. Of rows with one key, that of the
// earlier source is given and the others are counted. It holds one row of
// each source.
type Merge struct {
	heads      []head // a heap: heads[0] comes first
	sources    []Rows
	last       []byte // key of the row given last
	begun      bool
	group      []Placed
	duplicates int64
}

type head struct {
	row   Row
	from  Rows
	place int
}

// Placed is a row, and the place among the sources of the one that has it.
type Placed struct {
	Row
	Place int
}

// NewMerge returns a Rows over all of sources.
func NewMerge(sources ...Rows) *Merge { return &Merge{sources: sources} }

// Duplicates is how many rows were left out so far.
func (m *Merge) Duplicates() int64 { return m.duplicates }

// Next returns the next row, which is valid until the next call.
func (m *Merge) Next() (Row, error) {
	if err := m.advance(); err != nil {
		return Row{}, err
	}
	return m.heads[0].row, nil
}

// Group returns all rows with the next key, one of each source that has it, in
// no order. They are valid until the next call.
func (m *Merge) Group() ([]Placed, error) {
	if err := m.advance(); err != nil {
		return nil, err
	}
	m.group = m.group[:0]
	m.gather(0)
	return m.group, nil
}

// gather collects the rows with the key of the first that are at i or below:
// whatever is above one of them has that key, too.
func (m *Merge) gather(i int) {
	if i >= len(m.heads) || i > 0 && !bytes.Equal(m.heads[i].row.Key, m.heads[0].row.Key) {
		return
	}
	m.group = append(m.group, Placed{m.heads[i].row, m.heads[i].place})
	m.gather(2*i + 1)
	m.gather(2*i + 2)
}

// advance moves on to the next key: heads[0] is the first row that has it.
func (m *Merge) advance() error {
	if !m.begun {
		if err := m.begin(); err != nil {
			return err
		}
	} else if len(m.heads) > 0 {
		m.last = append(m.last[:0], m.heads[0].row.Key...)
		if err := m.replace(); err != nil {
			return err
		}
		for len(m.heads) > 0 && bytes.Equal(m.heads[0].row.Key, m.last) {
			m.duplicates++
			if err := m.replace(); err != nil {
				return err
			}
		}
	}
	if len(m.heads) == 0 {
		return io.EOF
	}
	return nil
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

// replace puts what comes next in the source of the first head in its place.
func (m *Merge) replace() error {
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
