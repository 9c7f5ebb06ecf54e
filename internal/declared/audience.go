package declared

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/audience"
	"crier.dev/crier/internal/filter"
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
