package roster

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/flate"
	"encoding/binary"
	"io"
	"slices"
)

// runSize is how many octets of subscribers are sorted at a time. Of a
// million with names there are about a dozen runs.
const runSize = 8 << 20

// Sorter sorts subscribers by their keys, with each key once, where the first
// that was added wins. It is an external sort whose runs are kept compressed
// in memory instead of on a disk: a million subscribers with names take
// about 20 MiB, and addresses never touch the node. It is not safe for
// concurrent use.
type Sorter struct {
	arena []byte // keys and lines, one after the other
	index []place
	runs  [][]byte // compressed lines, sorted, in the order of entry
	size  int      // of a run, in octets
	added int64
	zip   *flate.Writer
}

// place is where a subscriber stands in the arena.
type place struct {
	prefix    uint64 // of the key: most comparisons need no more
	off       uint32
	key, line uint32 // octets
}

// NewSorter returns an empty Sorter.
func NewSorter() *Sorter { return &Sorter{size: runSize} }

// Added is how many subscribers were added, duplicates among them.
func (s *Sorter) Added() int64 { return s.added }

// Add takes one subscriber. Its error never quotes it.
func (s *Sorter) Add(key string, sub Subscriber) error {
	if len(s.arena) >= s.size {
		if err := s.spill(); err != nil {
			return err
		}
	}
	off := len(s.arena)
	arena, err := appendLine(append(s.arena, key...), sub)
	if err != nil {
		return err
	}
	s.arena = arena
	s.index = append(s.index, place{
		prefix: prefixOf(key), off: uint32(off),
		key: uint32(len(key)), line: uint32(len(arena) - off - len(key)),
	})
	s.added++
	return nil
}

func prefixOf(key string) uint64 {
	var first [8]byte
	copy(first[:], key)
	return binary.BigEndian.Uint64(first[:])
}

func (s *Sorter) row(p place) Row {
	line := p.off + p.key
	return Row{Key: s.arena[p.off:line:line], Line: s.arena[line : line+p.line : line+p.line]}
}

// sort orders the arena and leaves each key once.
func (s *Sorter) sort() {
	slices.SortFunc(s.index, func(a, b place) int {
		if c := cmp.Compare(a.prefix, b.prefix); c != 0 {
			return c
		}
		if c := bytes.Compare(s.row(a).Key, s.row(b).Key); c != 0 {
			return c
		}
		return cmp.Compare(a.off, b.off)
	})
	s.index = slices.CompactFunc(s.index, func(a, b place) bool {
		return a.prefix == b.prefix && bytes.Equal(s.row(a).Key, s.row(b).Key)
	})
}

// spill turns the arena into a compressed run.
func (s *Sorter) spill() error {
	s.sort()
	var buf bytes.Buffer
	if s.zip == nil {
		zip, err := flate.NewWriter(nil, flate.BestSpeed)
		if err != nil {
			return err
		}
		s.zip = zip
	}
	s.zip.Reset(&buf)
	for _, p := range s.index {
		if _, err := s.zip.Write(s.row(p).Line); err != nil {
			return err
		}
	}
	if err := s.zip.Close(); err != nil {
		return err
	}
	s.runs = append(s.runs, bytes.Clone(buf.Bytes()))
	s.arena, s.index = s.arena[:0], s.index[:0]
	return nil
}

// Rows gives what was added. It can be called again, also after more was
// added, but a Source that it returned is not to be read after that.
func (s *Sorter) Rows() (Source, error) {
	if len(s.runs) == 0 {
		s.sort()
		return &arenaSource{sorter: *s}, nil
	}
	if len(s.index) > 0 {
		if err := s.spill(); err != nil {
			return nil, err
		}
	}
	s.arena, s.index, s.zip = nil, nil, nil
	sources := make([]Source, len(s.runs))
	for i, run := range s.runs {
		sources[i] = &lineSource{lines: bufio.NewReaderSize(flate.NewReader(bytes.NewReader(run)), 16<<10)}
	}
	return NewMerge(sources...), nil
}

// arenaSource gives the rows of an arena.
type arenaSource struct {
	sorter Sorter
	next   int
}

func (a *arenaSource) Next() (Row, error) {
	if a.next == len(a.sorter.index) {
		return Row{}, io.EOF
	}
	a.next++
	return a.sorter.row(a.sorter.index[a.next-1]), nil
}

// lineSource reads rows out of lines.
type lineSource struct {
	lines *bufio.Reader
	text  []byte // of a line longer than the reader's buffer
	key   []byte
}

func (l *lineSource) Next() (Row, error) {
	line, err := l.line()
	if err != nil {
		return Row{}, err
	}
	var row Row
	row.Line = line
	row.Key, l.key, err = keyOf(line, l.key)
	return row, err
}

// line returns io.EOF only at the end of a whole line.
func (l *lineSource) line() ([]byte, error) {
	line, err := l.lines.ReadSlice('\n')
	if err == nil {
		return line, nil
	}
	l.text = append(l.text[:0], line...)
	for err == bufio.ErrBufferFull { //nolint:errorlint // ReadSlice returns it bare
		if len(l.text) > maxRecord {
			return nil, errLine
		}
		line, err = l.lines.ReadSlice('\n')
		l.text = append(l.text, line...)
	}
	if err == io.EOF && len(l.text) > 0 {
		return nil, io.ErrUnexpectedEOF
	}
	return l.text, err
}
