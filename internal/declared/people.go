package declared

import (
	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/filter"
	"crier.dev/crier/internal/roster"
)

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
	out     map[string]bool // keys of those that are left out
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
	s.out = map[string]bool{}
	for _, r := range s.exclude {
		r.each(func(other roster.Subscriber) bool {
			s.out[roster.Key(other.Email)] = true
			return true
		})
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
	if s.out[roster.Key(person.Email)] {
		return "the address stands in a set that is excluded"
	}
	return ""
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
