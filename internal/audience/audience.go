// Package audience makes the recipients of a Broadcast out of lists, and these
// out of sets of subscribers, as a stream: a million recipients are never held
// at once.
package audience

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/filter"
	"crier.dev/crier/internal/roster"
)

// List says whom one list reaches.
type List struct {
	// Sets are united, in their order of precedence.
	Sets []roster.Source
	// Exclude are the sets whose people are left out.
	Exclude []roster.Source
	// Filters must all select a subscriber.
	Filters []*filter.Filter
	// Suppressed finds those who must not be written to; nil for nobody.
	Suppressed Matcher
}

// Matcher finds the suppressions of one subscriber after the other. Keys come
// in ascending order; Finish comes after the last, and has an error if what it
// said before can't be relied on.
type Matcher interface {
	Match(key []byte) (crier.SuppressionReason, bool, error)
	Finish() error
}

// Summary is what is known of an audience once it was read.
type Summary struct {
	// Recipients are unique.
	Recipients int64
	// Duplicates is how many subscribers stood in an earlier set, or list,
	// already.
	Duplicates int64
	// Excluded, NotSelected and Undecided are those who stand in an excluded
	// set, for whom the filter is false, and for whom it is neither.
	Excluded, NotSelected, Undecided int64
	// Suppressed are those who would be recipients otherwise.
	Suppressed map[crier.SuppressionReason]int64
	// Digest is "sha256:" and the hash of the recipients' keys.
	Digest string
}

// Same says whether two audiences have the same recipients.
func (s Summary) Same(other Summary) bool {
	return s.Recipients == other.Recipients && s.Digest == other.Digest
}

// Audience is who a Broadcast goes to, in the order of their addresses' keys.
// Who stands in several sets gets one message, with the name and the
// attributes of the first set; who is on several lists gets it as a member of
// the first that reaches him.
type Audience struct {
	members []*members
	sum     hash.Hash
	summary Summary
	line    []byte // of a recipient of a later list
	begun   bool
}

// New unites sets, in their order of precedence.
func New(sets ...roster.Source) *Audience { return OfLists(List{Sets: sets}) }

// OfLists unites lists, in their order of precedence. Sources and matchers are
// read from their beginning, each by one list.
func OfLists(lists ...List) *Audience {
	a := &Audience{sum: sha256.New(), summary: Summary{Suppressed: map[crier.SuppressionReason]int64{}}}
	for i, list := range lists {
		a.members = append(a.members, newMembers(i, list))
	}
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

// step moves on to the next subscriber, and returns the list that decides what
// becomes of them.
func (a *Audience) step() (*members, error) {
	at, err := a.advance()
	if err != nil {
		return nil, err
	}
	chosen := a.members[at[0]]
	for _, i := range at[1:] {
		m := a.members[i]
		switch {
		case m.fate == reached && chosen.fate == reached:
			a.summary.Duplicates++
		case m.fate > chosen.fate: // reached is the best of all fates
			chosen = m
		}
	}
	if chosen.fate != reached {
		a.count(chosen)
		return chosen, nil
	}
	a.sum.Write(chosen.row.Key)
	a.sum.Write(lineFeed)
	a.summary.Recipients++
	return chosen, nil
}

// advance moves on to the next key, and returns which lists have it.
func (a *Audience) advance() ([]int, error) {
	var room [16]int // as many lists as a Broadcast may have
	at := room[:0]
	for i, m := range a.members {
		if !a.begun || m.given {
			if err := m.next(); err != nil {
				return nil, err
			}
		}
		switch {
		case m.done:
		case len(at) == 0:
			at = append(at, i)
		default:
			switch c := bytes.Compare(m.row.Key, a.members[at[0]].row.Key); {
			case c < 0:
				at = append(at[:0], i)
			case c == 0:
				at = append(at, i)
			}
		}
	}
	a.begun = true
	if len(at) == 0 {
		return nil, io.EOF
	}
	for _, i := range at {
		a.members[i].given = true
	}
	return at, nil
}

// count notes why a subscriber is no recipient.
func (a *Audience) count(m *members) {
	switch m.fate {
	case excluded:
		a.summary.Excluded++
	case notSelected:
		a.summary.NotSelected++
	case undecided:
		a.summary.Undecided++
	case suppressed:
		a.summary.Suppressed[m.reason]++
	}
}

// mark says in the line of a recipient which list he is reached by, unless it
// is the first.
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
		s.Duplicates += m.union.Duplicates()
	}
	s.Digest = "sha256:" + hex.EncodeToString(a.sum.Sum(nil))
	return s
}

// isEOF keeps the end of a source apart from its errors.
func isEOF(err error) bool { return errors.Is(err, io.EOF) }
