package roster

import (
	"bytes"
	"errors"
	"io"

	"crier.dev/crier/internal/recipients/address"
)

// AddSorted takes the rows of another roster, which were checked when that was
// read; only the types that are declared here are checked again. Errors are
// those of rows, or a *LimitError; none quotes a subscriber.
func (c *Collector) AddSorted(source string, rows Rows) error {
	for n := 1; ; n++ {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if row.Named() {
			if err := c.addNamed(row); err != nil {
				return err
			}
			continue
		}
		sub, err := row.Subscriber()
		if err != nil {
			return err
		}
		c.addSorted(source, n, string(row.Key), sub)
		if c.Full() {
			return &LimitError{c.limits.Rows}
		}
	}
}

// addNamed takes somebody who is only named in another roster.
func (c *Collector) addNamed(row Row) error {
	a, err := address.Parse(string(row.Key))
	if err != nil {
		return errLine
	}
	c.nameOne(a, Subscriber{})
	if c.Full() {
		return &LimitError{c.limits.Rows}
	}
	return nil
}

func (c *Collector) addSorted(source string, n int, key string, sub Subscriber) {
	at := func() Rejected { return Rejected{Source: source, Line: n} }
	for name, value := range sub.Attributes {
		if reason := c.checkType(name, value); reason != "" {
			c.refuse(at, reason, c.name(sub, sub.Email))
			return
		}
	}
	if reason := c.take(key, sub); reason != "" {
		c.refuse(at, reason, c.name(sub, sub.Email))
	}
}

// Difference counts the subscribers of one roster that the other doesn't have.
// Only keys are compared: somebody whose name changed is still there.
type Difference struct {
	Before, After  int64 // subscribers of each
	Added, Removed int64
}

// Compare reads two rosters to their ends. Who is only named in one isn't
// there. Errors are those of the sources.
func Compare(before, after Rows) (d Difference, err error) {
	a, b := cursor{rows: Subscribers(before)}, cursor{rows: Subscribers(after)}
	if err := errors.Join(a.advance(), b.advance()); err != nil {
		return d, err
	}
	for !a.done || !b.done {
		order := a.order(&b)
		if order <= 0 {
			err = a.advance()
		}
		if order >= 0 && err == nil {
			err = b.advance()
		}
		if err != nil {
			return d, err
		}
		switch {
		case order < 0:
			d.Removed++
		case order > 0:
			d.Added++
		}
	}
	d.Before, d.After = a.n-1, b.n-1
	return d, nil
}

// cursor is a place in a roster.
type cursor struct {
	rows Rows
	key  []byte
	n    int64
	done bool
}

// order says which of two comes first; one that is done comes last.
func (c *cursor) order(other *cursor) int {
	switch {
	case c.done:
		return 1
	case other.done:
		return -1
	}
	return bytes.Compare(c.key, other.key)
}

func (c *cursor) advance() error {
	row, err := c.rows.Next()
	c.n++
	if errors.Is(err, io.EOF) {
		c.done = true
		return nil
	}
	c.key = append(c.key[:0], row.Key...)
	return err
}
