package declared

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/audience"
	"crier.dev/crier/internal/filter"
	"crier.dev/crier/internal/roster"
)

// Audience is whom a list reaches, as far as that is declared.
type Audience struct {
	// Sets with the attributes of their subscribers in their status.
	Sets    []crier.SubscriberSet
	rosters []*Roster
	exclude []*Roster
	// Complete says that all sets are known, and all their attributes.
	Complete bool
}

// Audience finds the sets of a list. A selector may select sets that are
// declared elsewhere.
func (w *World) Audience(list *crier.MailingList) Audience {
	return w.audience(list.Namespace, list.Spec.Audience)
}

func (w *World) audience(namespace string, spec crier.Audience) Audience {
	a := Audience{Complete: spec.Selector == nil}
	for _, key := range w.selected(namespace, spec.SubscriberSets, spec.Selector) {
		set, ok := w.Sets.Get(key)
		if !ok {
			a.Complete = false
			continue
		}
		r := w.Roster(key)
		known := *set.Value
		known.Status.Attributes = r.Attributes
		a.Sets = append(a.Sets, known)
		a.rosters = append(a.rosters, r)
		a.Complete = a.Complete && r.Complete
	}
	if spec.Exclude != nil {
		a.exclude = w.excluded(namespace, spec.Exclude)
	}
	return a
}

func (w *World) excluded(namespace string, spec *crier.AudienceExclusion) (out []*Roster) {
	for _, key := range w.selected(namespace, spec.SubscriberSets, spec.Selector) {
		out = append(out, w.Roster(key))
	}
	return out
}

// selected are the sets that are named, then those that are selected.
func (w *World) selected(namespace string, refs []crier.LocalReference, selector *metav1.LabelSelector) (keys []Key) {
	seen := map[Key]bool{}
	for _, ref := range refs {
		key := Key{namespace, ref.Name}
		seen[key] = true
		keys = append(keys, key)
	}
	if selector == nil {
		return keys
	}
	chosen, err := metav1.LabelSelectorAsSelector(selector)
	if err != nil {
		return keys
	}
	for _, key := range w.Sets.Keys() {
		set, _ := w.Sets.Get(key)
		if key.Namespace == namespace && !seen[key] && chosen.Matches(labels.Set(set.Value.Labels)) {
			keys = append(keys, key)
		}
	}
	return keys
}

// Filter compiles a filter of this audience. Attributes are checked if all are
// known. An error is a *filter.Error.
func (a Audience) Filter(expression crier.SubscriberFilter) (*filter.Filter, error) {
	if a.Complete {
		return audience.Filter(expression, a.Sets)
	}
	if expression == "" {
		return nil, nil
	}
	return filter.Compile(string(expression), nil)
}

// Member is a subscriber, and the place of the list that he is on.
type Member struct {
	roster.Subscriber
	List int
}

// First is the first subscriber of a Broadcast, of those that are declared:
// on the first list, who passes its filters, and isn't left out.
func (w *World) First(b *crier.Broadcast, lists []*crier.MailingList) (first Member, found bool) {
	for i, list := range lists {
		s := w.selection(b, list)
		for _, r := range s.rosters {
			r.each(func(person roster.Subscriber) bool {
				if s.why(person) == "" {
					first, found = Member{person, i}, true
				}
				return !found
			})
			if found {
				return first, true
			}
		}
	}
	return first, false
}

// WhyNot says why a member of a list gets nothing of a Broadcast; "" if he
// does, as far as is declared.
func (w *World) WhyNot(b *crier.Broadcast, list *crier.MailingList, person roster.Subscriber) string {
	return w.selection(b, list).why(person)
}

// selection is whom a Broadcast selects of the audience of a list.
type selection struct {
	Audience
	filters []*filter.Filter
}

func (w *World) selection(b *crier.Broadcast, list *crier.MailingList) selection {
	s := selection{Audience: w.Audience(list)}
	if b.Spec.Audience != nil && b.Spec.Audience.Exclude != nil {
		s.exclude = append(s.exclude, w.excluded(b.Namespace, b.Spec.Audience.Exclude)...)
	}
	for _, expression := range []crier.SubscriberFilter{list.Spec.Audience.Filter, b.Spec.Filter} {
		if f, err := s.Filter(expression); err == nil && f != nil {
			s.filters = append(s.filters, f)
		}
	}
	return s
}

func (s selection) why(person roster.Subscriber) string {
	for _, f := range s.filters {
		switch f.Select(person) {
		case filter.NotSelected:
			return "a filter selects others"
		case filter.Undecided:
			return "a filter compares an attribute that is missing here"
		}
	}
	if s.leavesOut(person) {
		return "the address stands in a set that is excluded"
	}
	return ""
}

func (a Audience) leavesOut(s roster.Subscriber) bool {
	key := roster.Key(s.Email)
	for _, r := range a.exclude {
		if !r.each(func(other roster.Subscriber) bool { return roster.Key(other.Email) != key }) {
			return true
		}
	}
	return false
}

// Find looks for an address on the lists.
func (w *World) Find(address string, lists []*crier.MailingList) (member Member, found bool) {
	key := roster.Key(address)
	for i, list := range lists {
		for _, r := range w.Audience(list).rosters {
			r.each(func(s roster.Subscriber) bool {
				if roster.Key(s.Email) == key {
					member, found = Member{s, i}, true
				}
				return !found
			})
			if found {
				return member, true
			}
		}
	}
	return member, false
}
