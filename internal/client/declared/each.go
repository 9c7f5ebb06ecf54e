package declared

import (
	"errors"
	"io"

	"crier.dev/crier/internal/recipients/audience"
	"crier.dev/crier/internal/recipients/roster"
)

// Each goes over the recipients who are known, by address, each as a member of
// the list that reaches them, until do returns false.
func (s *Selection) Each(do func(roster.Subscriber) bool) error {
	rows := audience.OfLists(s.read(unchanged)...)
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return errRead
		}
		person, err := row.Subscriber()
		if err != nil {
			return err
		}
		if !do(person) {
			return nil
		}
	}
}
