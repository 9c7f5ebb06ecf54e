package roster

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/flate"
	"encoding/binary"
	"errors"
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
	arena
	runs  [][]byte // compressed lines, sorted, in the order of entry
	size  int      // of a run, in octets
	added int64
	held  int64 // octets of the runs
	// While one arena is filled, another one becomes a run.
	spare arena
	under chan packed // nil while none does
}

// arena holds subscribers in the order of entry until it is sorted.
type arena struct {
	text  []byte // keys and lines, one after the other
	index []place
	zip   *flate.Writer
}

// packed is an arena that has become a run, and can be used again.
type packed struct {
	run   []byte
	arena arena
	err   error
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

// Held is how many octets are kept, compressed, but for the last few MiB.
func (s *Sorter) Held() int64 { return s.held }

// Add takes one subscriber. Its error never quotes it.
func (s *Sorter) Add(key string, sub Subscriber) error {
	if len(s.text) >= s.size {
		if err := s.spill(); err != nil {
			return err
		}
	}
	off := len(s.text)
	text, err := appendLine(append(s.text, key...), sub)
	if err != nil {
		return err
	}
	s.keep(text, off, key)
	return nil
}

// addNamed takes somebody who is only named.
func (s *Sorter) addNamed(key, spelled string) error {
	if len(s.text) >= s.size {
		if err := s.spill(); err != nil {
			return err
		}
	}
	off := len(s.text)
	s.keep(appendNamed(append(s.text, key...), spelled), off, key)
	return nil
}

// keep takes the text to which a key and its line were added.
func (s *Sorter) keep(text []byte, off int, key string) {
	s.text = text
	s.index = append(s.index, place{
		prefix: prefixOf(key), off: uint32(off),
		key: uint32(len(key)), line: uint32(len(text) - off - len(key)),
	})
	s.added++
}

func prefixOf(key string) uint64 {
	var first [8]byte
	copy(first[:], key)
	return binary.BigEndian.Uint64(first[:])
}

func (a *arena) row(p place) Row {
	line := p.off + p.key
	return Row{Key: a.text[p.off:line:line], Line: a.text[line : line+p.line : line+p.line]}
}

// sort orders the arena and leaves each key once.
func (a *arena) sort() {
	slices.SortFunc(a.index, func(x, y place) int {
		if c := cmp.Compare(x.prefix, y.prefix); c != 0 {
			return c
		}
		if c := bytes.Compare(a.row(x).Key, a.row(y).Key); c != 0 {
			return c
		}
		return cmp.Compare(x.off, y.off)
	})
	a.index = slices.CompactFunc(a.index, func(x, y place) bool {
		return x.prefix == y.prefix && bytes.Equal(a.row(x).Key, a.row(y).Key)
	})
}

// pack turns the arena into a compressed run.
func (a *arena) pack() ([]byte, error) {
	a.sort()
	var buf bytes.Buffer
	if a.zip == nil {
		zip, err := flate.NewWriter(nil, flate.BestSpeed)
		if err != nil {
			return nil, err
		}
		a.zip = zip
	}
	a.zip.Reset(&buf)
	for _, p := range a.index {
		if _, err := a.zip.Write(a.row(p).Line); err != nil {
			return nil, err
		}
	}
	err := a.zip.Close()
	return bytes.Clone(buf.Bytes()), err
}

// spill begins to turn the arena into a run, once the one before is done.
func (s *Sorter) spill() error {
	if err := s.await(); err != nil {
		return err
	}
	full, done := s.arena, make(chan packed, 1)
	s.arena, s.spare, s.under = s.spare, arena{}, done
	go func() {
		run, err := full.pack()
		full.text, full.index = full.text[:0], full.index[:0]
		done <- packed{run, full, err}
	}()
	return nil
}

// await waits for the run that is being made.
func (s *Sorter) await() error {
	if s.under == nil {
		return nil
	}
	p := <-s.under
	s.under = nil
	s.spare = p.arena
	if p.err == nil {
		s.runs = append(s.runs, p.run)
		s.held += int64(len(p.run))
	}
	return p.err
}

// Rows gives what was added. It can be called again, also after more was
// added, but a Rows that it returned is not to be read after that.
func (s *Sorter) Rows() (Rows, error) {
	if err := s.await(); err != nil {
		return nil, err
	}
	if len(s.runs) == 0 {
		s.sort()
		return &arenaSource{arena: s.arena}, nil
	}
	if len(s.index) > 0 {
		if err := errors.Join(s.spill(), s.await()); err != nil {
			return nil, err
		}
	}
	s.arena, s.spare = arena{}, arena{}
	sources := make([]Rows, len(s.runs))
	for i, run := range s.runs {
		sources[i] = &lineSource{lines: bufio.NewReaderSize(flate.NewReader(bytes.NewReader(run)), 16<<10)}
	}
	return NewMerge(sources...), nil
}

// arenaSource gives the rows of an arena.
type arenaSource struct {
	arena arena
	next  int
}

func (a *arenaSource) Next() (Row, error) {
	if a.next == len(a.arena.index) {
		return Row{}, io.EOF
	}
	a.next++
	return a.arena.row(a.arena.index[a.next-1]), nil
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
