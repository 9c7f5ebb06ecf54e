package broadcast

import (
	"context"
	"slices"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/recipients/audience"
	"crier.dev/crier/internal/recipients/filter"
)

// compileFilters makes the filters of lists and Broadcast ready to select.
// Without subscribers it isn't known which attributes there are.
func (s *scope) compileFilters(context.Context) (*reconcile.Verdict, error) {
	if s.subscribers() == 0 {
		return nil, nil
	}
	for i := range s.reaches {
		r := &s.reaches[i]
		for _, f := range []struct {
			of         string
			expression crier.SubscriberFilter
			compiled   *[]*filter.Filter
		}{
			{"audience.filter of MailingList " + r.list.Name, r.list.Spec.Audience.Filter, &r.filters},
			{s.ownFilter(r.list), s.broadcast.Spec.Filter, &r.narrowing},
		} {
			compiled, err := audience.Filter(f.expression, r.sets)
			if err != nil {
				return verdict(reconcile.IsStalled(crier.ReasonInvalidFilter, "%s%s, %s", s.mendAdvice(), f.of, err).After(whileWaiting))
			}
			if compiled != nil {
				*f.compiled = append(*f.compiled, compiled)
			}
		}
	}
	return nil, nil
}

// ownFilter names the filter of the Broadcast, which each of several lists has
// to know the attributes of.
func (s *scope) ownFilter(list *crier.MailingList) string {
	if len(s.lists) == 1 {
		return "spec.filter"
	}
	return "spec.filter for MailingList " + list.Name + " (a set of each list must have, or declare in spec.attributes, what the filter reads)"
}

// filterTexts are the filters of lists and Broadcast as they are written.
func (s *scope) filterTexts() []string {
	var texts []string
	for _, list := range s.lists {
		if f := list.Spec.Audience.Filter; f != "" {
			texts = append(texts, string(f))
		}
	}
	if f := s.broadcast.Spec.Filter; f != "" {
		texts = append(texts, string(f))
	}
	return texts
}

// attributesOf is never nil: without subscribers no attribute is known.
func attributesOf(sets []crier.SubscriberSet) []string {
	names := []string{}
	seen := map[string]bool{}
	for i := range sets {
		for _, name := range sets[i].Status.Attributes {
			if !seen[name] {
				seen[name] = true
				names = append(names, name)
			}
		}
		for name := range sets[i].Spec.Attributes {
			if !seen[name] {
				seen[name] = true
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return names
}
