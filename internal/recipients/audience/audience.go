// Package audience makes the recipients of a Broadcast out of lists, and these
// out of sets of subscribers, as a stream: a million recipients are never held
// at once.
package audience

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/filter"
	"crier.dev/crier/internal/recipients/roster"
)

// List says whom one list reaches. A Source that several lists have, or that
// is left out elsewhere, is one set, and read once for all.
type List struct {
	// Sets are united, in their order of precedence.
	Sets []roster.Rows
	// Exclude are the sets whose people the list leaves out.
	Exclude []roster.Rows
	// Filters of the list must all select a subscriber.
	Filters []*filter.Filter
	// Narrow is what the Broadcast leaves out besides.
	Narrow Narrowing
	// Suppressed finds those who must not be written to; nil for nobody.
	Suppressed Matcher
}

// Narrowing is what a Broadcast leaves out of whom a list reaches by itself.
type Narrowing struct {
	// Exclude are the sets whose people are left out.
	Exclude []roster.Rows
	// Filters must all select a subscriber.
	Filters []*filter.Filter
}

// Matcher finds the suppressions of one subscriber after the other. Keys come
// in ascending order; Finish comes after the last, and has an error if what it
// said before can't be relied on.
type Matcher interface {
	Match(key []byte) (crier.SuppressionReason, bool, error)
	Finish() error
}

// Audience is who a Broadcast goes to, in the order of their addresses' keys.
// Who stands in several sets gets one message, with the name and the
// attributes of the first set; who is on several lists gets it as a member of
// the first that reaches them.
type Audience struct {
	rows    *roster.Merge
	roles   [][]role // of each source, by its place
	members []*members
	sum     hash.Hash
	summary Summary
	line    []byte // of a recipient of a later list
	done    bool
}

// New unites sets, in their order of precedence.
func New(sets ...roster.Rows) *Audience { return OfLists(List{Sets: sets}) }

// OfLists unites lists, in their order of precedence. Sources and matchers are
// read from their beginning, a Matcher by one list.
func OfLists(lists ...List) *Audience {
	a := &Audience{sum: sha256.New(), summary: Summary{Suppressed: map[crier.SuppressionReason]int64{}}}
	c := cast{places: map[roster.Rows]int{}}
	for i, list := range lists {
		a.members = append(a.members, &members{
			place: i, filters: list.Filters, narrow: list.Narrow.Filters, suppress: list.Suppressed,
		})
		c.give(i, member, list.Sets)
		c.give(i, outOfList, list.Exclude)
		c.give(i, outOfBroadcast, list.Narrow.Exclude)
	}
	a.rows, a.roles = roster.NewMerge(c.sources...), c.roles
	return a
}

// Next returns the next recipient, who is valid until the next call, or
// io.EOF.
func (a *Audience) Next() (roster.Row, error) {
	for {
		chosen, err := a.step()
		if err != nil {
			return roster.Row{}, err
		}
		if chosen.fate == reached {
			return a.mark(chosen), nil
		}
	}
}

// step moves on to the next subscriber of a list, and returns the list that
// decides what becomes of them.
func (a *Audience) step() (*members, error) {
	for {
		group, err := a.rows.Group()
		if errors.Is(err, io.EOF) {
			return nil, a.finish()
		}
		if err != nil {
			return nil, err
		}
		chosen, err := a.judge(group)
		if err != nil {
			return nil, err
		}
		if chosen == nil {
			continue // they are only left out
		}
		if chosen.fate == reached {
			a.sum.Write(chosen.row.Key)
			a.sum.Write(lineFeed)
		}
		return chosen, nil
	}
}

// judge finds out what becomes of the one whose rows these are, and counts it.
// It returns the list that decides, nil if they are on none.
func (a *Audience) judge(group []roster.Placed) (chosen *members, err error) {
	rows := a.deal(group)
	for _, m := range a.members {
		if m.rows == 0 {
			continue
		}
		if err := m.judge(); err != nil {
			return nil, err
		}
		if chosen == nil || m.fate > chosen.fate { // reached is the best of all fates
			chosen = m
		}
	}
	if chosen == nil {
		return nil, nil
	}
	for _, m := range a.members {
		if m.rows > 0 {
			m.count(m == chosen)
		}
	}
	a.summary.count(chosen, rows)
	return chosen, nil
}

// deal tells the lists of the rows with one key, and returns how many of them
// are subscribers of a set that some list has. Whom a row names that can't be
// used is left out where the set is excluded, and never sent to.
func (a *Audience) deal(group []roster.Placed) (rows int64) {
	for _, m := range a.members {
		m.clear()
	}
	for _, placed := range group {
		isMember := false
		for _, r := range a.roles[placed.Place] {
			if r.as == member && placed.Named() {
				continue
			}
			a.members[r.list].take(r, placed.Row)
			isMember = isMember || r.as == member
		}
		if isMember {
			rows++
		}
	}
	return rows
}

// finish asks the matchers whether what they said can be relied on.
func (a *Audience) finish() error {
	for _, m := range a.members {
		if m.suppress == nil || a.done {
			continue
		}
		if err := m.suppress.Finish(); err != nil {
			return err
		}
	}
	a.done = true
	return io.EOF
}

// mark says in the line of a recipient which list they are reached by, unless
// it is the first.
func (a *Audience) mark(m *members) roster.Row {
	if m.place == 0 {
		return m.row
	}
	a.line = roster.AppendListed(a.line[:0], m.row.Line, m.place)
	return roster.Row{Key: m.row.Key, Line: a.line}
}

var lineFeed = []byte{'\n'}

// Summary is about what was read so far; about the whole audience once Next
// has returned io.EOF.
func (a *Audience) Summary() Summary {
	s := a.summary
	for _, m := range a.members {
		s.Lists = append(s.Lists, m.counts)
	}
	s.Digest = "sha256:" + hex.EncodeToString(a.sum.Sum(nil))
	return s
}
