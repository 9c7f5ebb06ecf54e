package suppression

import (
	"maps"
	"slices"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
)

// Origin is what marks were made of: enough to find out later what has changed
// since. There is no address in it.
type Origin struct {
	// Version of the marks, see Marks.
	Version string        `json:"version"`
	Purpose crier.Purpose `json:"purpose,omitempty"`
	// Lists of the message by name, in its order.
	Lists   []string `json:"lists,omitempty"`
	Sources []Source `json:"sources,omitempty"`
}

// Source is a Suppression that was heeded, with the digest of its roster.
type Source struct {
	Namespace string                     `json:"namespace"`
	Name      string                     `json:"name"`
	Scope     crier.SuppressionScopeKind `json:"scope"`
	About     string                     `json:"about,omitempty"` // name in its scope
	Digest    string                     `json:"digest"`
}

// Of says whether a source is about the members of a list of the message that
// it is about.
func (s Source) Of(list string) bool { return s.Scope != crier.ScopeList || s.About == list }

// same says whether two are one, whatever they hold.
func (s Source) same(o Source) bool {
	o.Digest = s.Digest
	return s == o
}

// Moved is a source of which another roster is heeded than before: From is the
// digest of what was, empty for a source that is new.
type Moved struct {
	Source
	From string
}

// Since finds the sources that changed between two origins. It is false where
// that can't be known: of another mail, or when a source is gone, or is about
// something else than before.
func (o *Origin) Since(before *Origin) (moved []Moved, known bool) {
	if o.Purpose != before.Purpose || !slices.Equal(o.Lists, before.Lists) {
		return nil, false
	}
	left := len(before.Sources)
	for _, now := range o.Sources {
		from := ""
		if at := slices.IndexFunc(before.Sources, now.same); at >= 0 {
			left--
			if from = before.Sources[at].Digest; from == "" {
				return nil, false
			}
		}
		switch {
		case now.Digest == "":
			return nil, false
		case now.Digest != from:
			moved = append(moved, Moved{Source: now, From: from})
		}
	}
	return moved, left == 0
}

// Changed is what changed in a source, by key.
type Changed struct {
	Source  Source
	Changes map[string]Change
}

// Remarker makes marks out of earlier ones and of what has changed since.
type Remarker struct {
	purpose crier.Purpose
	now     time.Time
	lists   []string
	changed []Changed
}

// NewRemarker returns a Remarker for mail that is sent now, to lists in its
// order.
func NewRemarker(purpose crier.Purpose, now time.Time, lists []string, changed []Changed) *Remarker {
	return &Remarker{purpose: purpose, now: now, lists: lists, changed: changed}
}

// Keys are those that changed, in order.
func (r *Remarker) Keys() []string {
	all := map[string]bool{}
	for _, c := range r.changed {
		for key := range c.Changes {
			all[key] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// Judge says which number (see Marked) a recipient has now who is reached by
// the list at a place and had another one before. Somebody who was added
// somewhere can only be suppressed for a reason that comes before the one that
// he had. It isn't sure of whoever was in a source before that has him no
// longer, or otherwise: then all of them must be asked (see Matcher).
func (r *Remarker) Judge(list int, key string, before byte) (number byte, sure bool) {
	if list < 0 || list >= len(r.lists) {
		return 0, false
	}
	number = before
	for _, c := range r.changed {
		change, there := c.Changes[key]
		if !there || !c.Source.Of(r.lists[list]) {
			continue
		}
		if change.Had {
			return 0, false
		}
		place := first(change.Row, r.purpose, r.now)
		if place == len(Reasons) {
			continue
		}
		if number == 0 || place+1 < int(number) {
			number = byte(place + 1)
		}
	}
	return number, true
}

// Set changes one number. It is false if there is no such place. Shards of
// which nobody is suppressed aren't there, as Marker makes it.
func (m *Marks) Set(shard int32, index, of int, number byte) bool {
	marked := m.Shards[shard]
	if marked != nil && len(marked) != of || index < 0 || index >= of || int(number) > len(Reasons) {
		return false
	}
	if marked == nil {
		if number == 0 {
			return true
		}
		if m.Shards == nil {
			m.Shards = map[int32]Marked{}
		}
		marked = make(Marked, of)
		m.Shards[shard] = marked
	}
	marked[index] = number
	if number == 0 && !slices.ContainsFunc(marked, func(n byte) bool { return n != 0 }) {
		delete(m.Shards, shard)
	}
	return true
}

// At is the number of a recipient; 0 also where there is none.
func (m *Marks) At(shard int32, index int) byte {
	if of := m.Shards[shard]; index >= 0 && index < len(of) {
		return of[index]
	}
	return 0
}

// Number is that of a reason, see Marked.
func Number(reason crier.SuppressionReason, suppressed bool) byte {
	if !suppressed {
		return 0
	}
	return byte(slices.Index(Reasons, reason) + 1)
}
