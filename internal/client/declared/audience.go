package declared

import (
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/audience"
	"crier.dev/crier/internal/recipients/filter"
)

// Audience are the sets of a list, as far as they are declared.
type Audience struct {
	// Sets in their order of precedence, with the attributes of their
	// subscribers in their status.
	Sets []crier.SubscriberSet
	// Complete says that all sets are known, and all their attributes.
	Complete bool
}

// Audience finds the sets of a list. A selector may select sets that are
// declared elsewhere.
func (w *World) Audience(list *crier.MailingList) Audience {
	keys, whole := w.choose(list.Namespace, list.Spec.Audience.SubscriberSets, list.Spec.Audience.Selector)
	a := Audience{Complete: whole}
	subscribers, all := 0, true
	for _, key := range keys {
		set, ok := w.Sets.Get(key)
		if !ok {
			a.Complete = false
			continue
		}
		r := w.Roster(key)
		known := *set.Value
		known.Status.Attributes = r.Attributes
		a.Sets = append(a.Sets, known)
		a.Complete = a.Complete && (r.Complete || r.People)
		subscribers, all = subscribers+r.Subscribers, all && r.People
	}
	if all && subscribers == 0 {
		a.Complete = false // of nobody, nothing can be said
	}
	return a
}

// Choose are the sets that are named or selected among those that are
// declared, each once and in the order of their names.
func (w *World) Choose(namespace string, refs []crier.LocalReference, selector *metav1.LabelSelector) []Key {
	keys, _ := w.choose(namespace, refs, selector)
	return keys
}

// choose are the sets that are named or selected, each once and in the order of
// their names, which is that of their precedence. whole says that there can be
// no others.
func (w *World) choose(namespace string, refs []crier.LocalReference, selector *metav1.LabelSelector) (keys []Key, whole bool) {
	for _, ref := range refs {
		keys = append(keys, Key{namespace, ref.Name})
	}
	whole = selector == nil || w.Live && !w.isHidden("SubscriberSet", namespace)
	if chosen, err := metav1.LabelSelectorAsSelector(selector); err == nil {
		for _, key := range w.Sets.Keys() {
			set, _ := w.Sets.Get(key)
			if key.Namespace == namespace && chosen.Matches(labels.Set(set.Value.Labels)) {
				keys = append(keys, key)
			}
		}
	}
	slices.SortFunc(keys, func(a, b Key) int { return strings.Compare(a.Name, b.Name) })
	return slices.Compact(keys), whole
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
