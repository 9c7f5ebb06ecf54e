package sql

import (
	"errors"
	"io"
)

// maxStatuses bounds what a server may tell of its settings, in octets: the
// driver keeps every one that it is told.
const maxStatuses = 64 << 10

var errStatuses = errors.New("the server tells more of its settings than fits")

// statuses looks at the messages that are read (PostgreSQL's manual, section
// 55.7), and ends at too many of the kind ParameterStatus.
type statuses struct {
	from io.Reader

	header [5]byte // kind and length
	have   int     // octets of header
	skip   int64   // octets of the body that are still to come
	sum    int64   // octets of ParameterStatus
}

// Read reads what is within the bound.
func (s *statuses) Read(p []byte) (int, error) {
	n, err := s.from.Read(p)
	if bad := s.look(p[:n]); bad != nil {
		return 0, bad
	}
	return n, err
}

func (s *statuses) look(p []byte) error {
	for len(p) > 0 {
		if s.skip > 0 {
			n := min(s.skip, int64(len(p)))
			s.skip, p = s.skip-n, p[n:]
			continue
		}
		n := copy(s.header[s.have:], p)
		s.have, p = s.have+n, p[n:]
		if s.have < len(s.header) {
			continue
		}
		s.have = 0
		length := int64(s.header[1])<<24 | int64(s.header[2])<<16 | int64(s.header[3])<<8 | int64(s.header[4])
		s.skip = max(0, length-4) // it counts itself
		if s.header[0] == 'S' {
			if s.sum += length; s.sum > maxStatuses {
				return errStatuses
			}
		}
	}
	return nil
}
