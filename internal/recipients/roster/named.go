package roster

import (
	"bytes"

	"crier.dev/crier/internal/recipients/address"
)

// Somebody may be named by a row that can't be used: his grade isn't a number,
// say, or a field is one too many. Nothing is sent to such people out of the
// set. But where the set says who must not get something, leaving them out of
// it would send it to them. So a roster has them as well, in rows that are no
// subscribers and that nobody can take for such by mistake: Row.Subscriber
// fails, and a release that doesn't know them takes the roster for damaged.

const namedPrefix = `{"named":"`

// Named says whether the row only says that somebody was named.
func (r Row) Named() bool { return bytes.HasPrefix(r.Line, []byte(namedPrefix)) }

// appendNamed adds the line of somebody who is only named.
func appendNamed(buf []byte, spelled string) []byte {
	buf = appendString(append(buf, `{"named":`...), spelled)
	return append(buf, '}', '\n')
}

// Subscribers gives the rows of a source that can be written to.
func Subscribers(rows Rows) Rows { return subscribers{rows} }

type subscribers struct{ rows Rows }

func (s subscribers) Next() (Row, error) {
	for {
		row, err := s.rows.Next()
		if err != nil || !row.Named() {
			return row, err
		}
	}
}

// name remembers everybody whom texts name, and returns how many those are.
// row has what else is known of the row, for who takes rows elsewhere.
func (c *Collector) name(row Subscriber, texts ...string) (n int) {
	for _, text := range texts {
		for _, a := range address.Find(text) {
			n++
			c.nameOne(a, row)
		}
	}
	return n
}

func (c *Collector) nameOne(a address.Address, row Subscriber) {
	if c.full() {
		c.result.LimitReached = true
		return
	}
	if c.divert != nil {
		row.Email = a.Spelled
		c.divertNamed(a.Key, row)
		c.diverted++
		return
	}
	if c.named == nil {
		c.named = NewSorter()
	}
	if c.named.addNamed(a.Key, a.Spelled) != nil {
		c.result.LimitReached = true // the roster must not be used without him
	}
}

// full says that no more rows are kept.
func (c *Collector) full() bool {
	added, held := c.sorter.Added()+c.diverted, c.sorter.Held()
	if c.named != nil {
		added, held = added+c.named.Added(), held+c.named.Held()
	}
	return added >= maxRepeated*int64(c.limits.Rows) || held > int64(c.limits.Held)
}
