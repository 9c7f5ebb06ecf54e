package declared

import (
	"errors"
	"fmt"
	"slices"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/audience"
	"crier.dev/crier/internal/draft"
	"crier.dev/crier/internal/filter"
	"crier.dev/crier/internal/roster"
	"crier.dev/crier/internal/suppression"
)

// Verdict is why nothing of a Broadcast is sent: reason and message are those
// of the condition that it would have.
type Verdict struct{ Reason, Message string }

// Selection is whom a Broadcast goes to, as far as that is declared: out of the
// same sets in the same order, with the same exclusions, filters and
// suppressions as the controller plans with.
type Selection struct {
	// Problem is why nothing is sent to anybody; nil if nothing is known that
	// speaks against it.
	Problem *Verdict
	// Doubts say what can't be read here, and what that leaves open.
	Doubts []string
	// Partly says which sets of the lists can't be read here: somebody who is
	// known may be in them as well, with another name and other attributes.
	Partly []string

	world *World
	lists []selected
}

// selected is whom one list reaches.
type selected struct {
	list          *crier.MailingList
	sets, exclude []*Roster
	filters       []*filter.Filter
	suppressed    []*Suppressed
	// partial says that there may be others on the list.
	partial bool
}

// Select finds whom a Broadcast goes to.
func (w *World) Select(f draft.Facts) *Selection {
	s := &Selection{world: w}
	if a, b, differ := draft.Differ(f.Lists); differ != "" {
		s.hold(crier.ReasonListsDiffer, "MailingLists %s and %s %s: one message can't be of both. Make a Broadcast for each.", a, b, differ)
	}
	for _, list := range f.Lists {
		s.lists = append(s.lists, s.reach(f.Broadcast, list))
	}
	for i := range s.lists {
		s.lists[i].filters = s.filters(f.Broadcast, s.lists[i])
	}
	s.route(f.Lists)
	s.suppress(f)
	return s
}

func (s *Selection) hold(reason, format string, args ...any) {
	if s.Problem == nil {
		s.Problem = &Verdict{reason, fmt.Sprintf(format, args...)}
	}
}

func (s *Selection) doubt(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(s.Doubts, text) {
		s.Doubts = append(s.Doubts, text)
	}
}

// reach finds the sets of a list, and those that it and the Broadcast exclude.
func (s *Selection) reach(b *crier.Broadcast, list *crier.MailingList) selected {
	of := selected{list: list}
	from := list.Spec.Audience
	keys, whole := s.world.choose(list.Namespace, from.SubscriberSets, from.Selector)
	of.partial = !whole
	for _, key := range keys {
		r := s.roster(key)
		of.sets = append(of.sets, r)
		of.partial = of.partial || !r.People
		if r.Unknown != "" && key.Name != "" { // else the list is a stand-in
			s.Partly = append(s.Partly, r.Unknown+": who is in it may have another name and other attributes from there")
		}
	}
	exclusions := []*crier.AudienceExclusion{from.Exclude}
	if own := b.Spec.Audience; own != nil {
		exclusions = append(exclusions, own.Exclude)
	}
	for _, exclude := range exclusions {
		if exclude == nil {
			continue
		}
		of.exclude = append(of.exclude, s.excluded(list.Namespace, exclude)...)
	}
	return of
}

func (s *Selection) excluded(namespace string, exclude *crier.AudienceExclusion) (out []*Roster) {
	keys, whole := s.world.choose(namespace, exclude.SubscriberSets, exclude.Selector)
	if !whole && len(keys) == len(exclude.SubscriberSets) {
		s.doubt("exclude.selector selects no SubscriberSet that is known here: this person may be excluded")
	}
	for _, key := range keys {
		r := s.roster(key)
		out = append(out, r)
		if r.Unknown != "" {
			s.doubt("%s, and who is in it is excluded: this person may be", r.Unknown)
		}
	}
	return out
}

// roster holds the Broadcast if the set can't be used.
func (s *Selection) roster(key Key) *Roster {
	r := s.world.Roster(key)
	if r.Problem != nil {
		s.hold(crier.ReasonSubscribersNotReady, "SubscriberSet %s is not ready: %s Nothing is sent until it is.", key.Name, r.Problem.Message)
	}
	return r
}

// filters compiles the filters of list and Broadcast. Without subscribers
// nothing can be said of their attributes.
func (s *Selection) filters(b *crier.Broadcast, of selected) (out []*filter.Filter) {
	if s.nobody() {
		return nil
	}
	known := s.world.Audience(of.list)
	for _, f := range []struct {
		of         string
		expression crier.SubscriberFilter
	}{
		{"audience.filter of MailingList " + of.list.Name, of.list.Spec.Audience.Filter}, {"spec.filter", b.Spec.Filter},
	} {
		compiled, err := audience.Filter(f.expression, known.Sets)
		if err != nil && !known.Complete {
			if _, err = known.Filter(f.expression); err == nil {
				s.doubt("%s reads attributes that aren't known here: it isn't known whom it selects", f.of)
				continue
			}
		}
		if err != nil {
			s.hold(crier.ReasonInvalidFilter, "%s, %s", f.of, err)
			continue
		}
		if compiled != nil {
			out = append(out, compiled)
		}
	}
	return out
}

// nobody says whether all sets are known, and none has a subscriber.
func (s *Selection) nobody() bool {
	for _, of := range s.lists {
		if of.partial || slices.ContainsFunc(of.sets, func(r *Roster) bool { return r.Subscribers > 0 }) {
			return false
		}
	}
	return true
}

// open reads everything from the beginning.
func (s *Selection) open(sets func(selected) ([]roster.Source, []*filter.Filter)) (lists []audience.List) {
	for _, of := range s.lists {
		list := audience.List{}
		list.Sets, list.Filters = sets(of)
		for _, r := range of.exclude {
			list.Exclude = append(list.Exclude, r.Open())
		}
		var rows []roster.Source
		for _, one := range of.suppressed {
			rows = append(rows, one.stored.open())
		}
		list.Suppressed = suppression.NewMatcher(s.lists[0].list.Spec.Purpose, s.world.Now, rows...)
		lists = append(lists, list)
	}
	return lists
}

// all are the sets of a list with its filters.
func all(of selected) ([]roster.Source, []*filter.Filter) {
	var sets []roster.Source
	for _, r := range of.sets {
		sets = append(sets, r.Open())
	}
	return sets, of.filters
}

// errRead stands for an error that could quote a row.
var errRead = errors.New("the subscribers can't be read")
