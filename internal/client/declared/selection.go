package declared

import (
	"errors"
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/audience"
	"crier.dev/crier/internal/recipients/filter"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/recipients/suppression"
	"crier.dev/crier/internal/writing/draft"
)

// Verdict is why nothing of a Broadcast is sent: reason and message are those
// of the condition that it would have.
type Verdict struct{ Reason, Message string }

// Selection is whom a Broadcast goes to, as far as that is declared: out of the
// same sets in the same order, with the same exclusions, filters and
// suppressions as the controller plans with.
type Selection struct {
	// Doubts say what can't be read here, and what that leaves open.
	Doubts []string
	// Partly says which sets of the lists can't be read here: somebody who is
	// known may be in them as well, with another name and other attributes.
	Partly []string
	// Remarks are about what isn't as its author may think.
	Remarks []string

	world     *World
	broadcast *crier.Broadcast
	lists     []selected
	problem   *Verdict
	counted   bool // and held against its limits
}

// selected is whom one list reaches by itself, and what the Broadcast leaves
// out besides.
type selected struct {
	list          *crier.MailingList
	sets, exclude []*Roster
	filters       []*filter.Filter
	narrow        []*Roster
	narrowing     []*filter.Filter
	suppressed    []*Suppressed
	// partial says that there may be others on the list.
	partial bool
}

// Select finds whom a Broadcast goes to. Problems come in the order in which the
// controllers find them: each list by itself, then what they have in common.
func (w *World) Select(f draft.Facts) *Selection {
	s := &Selection{world: w, broadcast: f.Broadcast}
	var narrow []*Roster
	if own := f.Broadcast.Spec.Audience; own != nil {
		narrow = s.excluded(f.Broadcast.Namespace, own.Exclude)
	}
	for _, list := range f.Lists {
		of := s.reach(list)
		of.narrow = narrow
		s.lists = append(s.lists, of)
	}
	for i := range s.lists {
		of := &s.lists[i]
		s.route(of.list)
		if !of.isEmpty() {
			of.filters = s.filter(*of, "audience.filter of MailingList "+of.list.Name, of.list.Spec.Audience.Filter)
		}
	}
	if differ := draft.Differ(f.Lists); len(differ) > 0 {
		s.hold(crier.ReasonListsDiffer, "%s", differ[0])
	}
	s.chosen()
	for _, of := range s.lists {
		s.usable(of)
	}
	s.narrow()
	s.suppress(f)
	return s
}

func (s *Selection) hold(reason, format string, args ...any) {
	if s.problem == nil {
		s.problem = &Verdict{reason, fmt.Sprintf(format, args...)}
	}
}

func (s *Selection) doubt(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(s.Doubts, text) {
		s.Doubts = append(s.Doubts, text)
	}
}

// reach finds the sets of a list, and those that it excludes.
func (s *Selection) reach(list *crier.MailingList) selected {
	of := selected{list: list}
	from := list.Spec.Audience
	keys, whole := s.world.choose(list.Namespace, from.SubscriberSets, from.Selector)
	of.partial = !whole
	for _, key := range keys {
		r := s.world.Roster(key)
		of.sets = append(of.sets, r)
		of.partial = of.partial || !r.People
		if r.Unknown != "" && key.Name != "" { // else the list is a stand-in
			s.Partly = append(s.Partly, r.Unknown+": who is in it may have another name and other attributes from there")
		}
	}
	of.exclude = s.excluded(list.Namespace, from.Exclude)
	return of
}

func (s *Selection) excluded(namespace string, exclude *crier.AudienceExclusion) (out []*Roster) {
	if exclude == nil {
		return nil
	}
	keys, whole := s.world.choose(namespace, exclude.SubscriberSets, exclude.Selector)
	if !whole && !exclude.Optional && len(s.world.Choose(namespace, nil, exclude.Selector)) == 0 {
		s.doubt("exclude.selector selects no SubscriberSet that is known here: this person may be excluded")
	}
	for _, key := range keys {
		r := s.world.Roster(key)
		out = append(out, r)
		if r.Unknown != "" {
			s.doubt("%s, and who is in it is excluded: this person may be", r.Unknown)
		}
	}
	return out
}

// chosen holds the Broadcast if one of its selectors has to select a set, and
// there is none.
func (s *Selection) chosen() {
	nothing := func(field, namespace string, by *metav1.LabelSelector, excludes bool) {
		if _, whole := s.world.choose(namespace, nil, by); by != nil && whole && len(s.world.Choose(namespace, nil, by)) == 0 {
			s.hold(crier.ReasonSubscribersNotReady, "%s Nothing is sent until then.", audience.SelectsNothing(field, by, excludes))
		}
	}
	if !slices.ContainsFunc(s.lists, func(of selected) bool { return of.partial || len(of.sets) > 0 }) {
		return // there is nobody at all
	}
	if own := s.broadcast.Spec.Audience; own != nil && own.Exclude != nil && !own.Exclude.Optional {
		nothing("spec.audience.exclude.selector", s.broadcast.Namespace, own.Exclude.Selector, true)
	}
	for _, of := range s.lists {
		from := of.list.Spec.Audience
		nothing("audience.selector of MailingList "+of.list.Name, of.list.Namespace, from.Selector, false)
		if from.Exclude != nil && !from.Exclude.Optional {
			nothing("audience.exclude.selector of MailingList "+of.list.Name, of.list.Namespace, from.Exclude.Selector, true)
		}
	}
}

// usable holds the Broadcast if one of the sets can't be used.
func (s *Selection) usable(of selected) {
	for _, r := range slices.Concat(of.sets, of.exclude, of.narrow) {
		if r.Problem != nil {
			s.hold(crier.ReasonSubscribersNotReady, "SubscriberSet %s is not ready: %s Nothing is sent until it is.", r.name, r.Problem.Message)
		}
	}
}

// narrow adds the filter of the Broadcast. Without subscribers nothing can be
// said of their attributes.
func (s *Selection) narrow() {
	if s.nobody() {
		return
	}
	for i := range s.lists {
		of := &s.lists[i]
		if of.isEmpty() {
			// Others have subscribers, so that the filters must fit here too.
			of.filters = s.filter(*of, "audience.filter of MailingList "+of.list.Name, of.list.Spec.Audience.Filter)
		}
		of.narrowing = s.filter(*of, "spec.filter", s.broadcast.Spec.Filter)
	}
}

// filter compiles one filter of a list.
func (s *Selection) filter(of selected, name string, expression crier.SubscriberFilter) []*filter.Filter {
	known := s.world.Audience(of.list)
	compiled, err := audience.Filter(expression, known.Sets)
	if err != nil && of.partial && !known.Complete {
		if _, err = known.Filter(expression); err == nil {
			s.doubt("%s reads attributes that aren't known here: it isn't known whom it selects", name)
			return nil
		}
	}
	switch {
	case err != nil:
		s.hold(crier.ReasonInvalidFilter, "%s, %s", name, err)
		return nil
	case compiled == nil:
		return nil
	}
	return []*filter.Filter{compiled}
}

// isEmpty says whether all sets of the list are known, and none has a
// subscriber.
func (of selected) isEmpty() bool {
	return !of.partial && !slices.ContainsFunc(of.sets, func(r *Roster) bool { return r.Subscribers > 0 })
}

// nobody says whether no list has a subscriber. Then nothing can be said of
// their attributes, and no filter is compiled.
func (s *Selection) nobody() bool {
	return !slices.ContainsFunc(s.lists, func(of selected) bool { return !of.isEmpty() })
}

// sources opens sets, one that is there several times once.
type sources struct {
	open   map[*Roster]roster.Rows
	change func(roster.Rows) roster.Rows
}

func (o sources) of(rosters []*Roster) (out []roster.Rows) {
	for _, r := range rosters {
		if o.open[r] == nil {
			o.open[r] = o.change(r.Open())
		}
		out = append(out, o.open[r])
	}
	return out
}

// read gives the audience from its beginning, with rows that change may change.
func (s *Selection) read(change func(roster.Rows) roster.Rows) (lists []audience.List) {
	open := sources{map[*Roster]roster.Rows{}, change}
	for _, of := range s.lists {
		list := s.without(of, open)
		list.Sets, list.Filters, list.Narrow.Filters = open.of(of.sets), of.filters, of.narrowing
		lists = append(lists, list)
	}
	return lists
}

// without is a list without members: whom it leaves out, and who is suppressed.
func (s *Selection) without(of selected, open sources) audience.List {
	var rows []roster.Rows
	for _, one := range of.suppressed {
		rows = append(rows, one.stored.open())
	}
	return audience.List{
		Exclude: open.of(of.exclude), Narrow: audience.Narrowing{Exclude: open.of(of.narrow)},
		Suppressed: suppression.NewMatcher(s.lists[0].list.Spec.Purpose, s.world.Now, rows...),
	}
}

// unchanged gives the rows as they are.
func unchanged(s roster.Rows) roster.Rows { return s }

// errRead stands for an error that could quote a row.
var errRead = errors.New("the subscribers can't be read")
