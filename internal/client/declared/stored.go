package declared

import (
	"io"

	"crier.dev/crier/internal/recipients/roster"
)

// maxPart is about how large the parts of a roster become, in octets.
const maxPart = 1 << 20

// stored are rows as the controller stores them, in compressed parts, so that
// several may read them at once.
type stored struct {
	parts  [][]byte
	digest string
}

func store(rows roster.Rows) (s stored, err error) {
	s.digest, _, err = roster.EncodeRows(rows, maxPart, func(part []byte) error {
		s.parts = append(s.parts, part)
		return nil
	})
	return s, err
}

// open gives the rows in the order of their keys; nobody if none were stored.
func (s stored) open() roster.Rows {
	if s.digest == "" {
		return &nobody{}
	}
	left := s.parts
	return roster.NewReader(s.digest, func() ([]byte, error) {
		if len(left) == 0 {
			return nil, io.EOF
		}
		part := left[0]
		left = left[1:]
		return part, nil
	})
}

// nobody is a roster without rows.
type nobody struct{ _ byte } // each is another one

// Next implements roster.Rows.
func (*nobody) Next() (roster.Row, error) { return roster.Row{}, io.EOF }
