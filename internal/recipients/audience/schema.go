package audience

import (
	"fmt"
	"slices"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/filter"
	"crier.dev/crier/internal/recipients/roster"
)

// Schema are the attributes that subscribers of some sets have, with their
// types, and why a filter can't use some of them: two sets don't agree on a
// type. It is never nil: without sets there are no attributes.
func Schema(sets []crier.SubscriberSet) (schema filter.Schema, disagreements map[string]string) {
	schema, disagreements = filter.Schema{}, map[string]string{}
	from := map[string]string{}
	for i := range sets {
		set := &sets[i]
		for _, name := range attributeNames(set) {
			kind := attributeType(set, name)
			known, there := schema[name]
			if there && known != kind {
				disagreements[name] = fmt.Sprintf("attribute %s is a %s in SubscriberSet %s and a %s in SubscriberSet %s: declare one type in spec.attributes of both",
					name, known, from[name], kind, set.Name)
				continue
			}
			schema[name], from[name] = kind, set.Name
		}
	}
	return schema, disagreements
}

// Attributes are the names of those that subscribers of some sets have, and of
// those that the sets declare, in the order of the sets. Some are there again.
func Attributes(sets []crier.SubscriberSet) (names []string) {
	for i := range sets {
		names = append(names, attributeNames(&sets[i])...)
	}
	return names
}

// Checkers are the types that a set declares, for whoever reads its rows.
func Checkers(spec crier.SubscriberSetSpec) map[string]roster.Checker {
	types := map[string]roster.Checker{}
	for name, declared := range spec.Attributes {
		types[name] = filter.Type(declared.ValueType())
	}
	return types
}

// attributeNames are those that subscribers have, and those that are declared.
func attributeNames(set *crier.SubscriberSet) []string {
	names := slices.Clone(set.Status.Attributes)
	for name := range set.Spec.Attributes {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func attributeType(set *crier.SubscriberSet, name string) filter.Type {
	return filter.Type(set.Spec.Attributes[name].ValueType()) // one that isn't declared is a text
}

// Filter compiles the filter of an audience of those sets; nil for none. An
// error tells people what to change.
func Filter(expression crier.SubscriberFilter, sets []crier.SubscriberSet) (*filter.Filter, error) {
	if expression == "" {
		return nil, nil
	}
	schema, disagreements := Schema(sets)
	compiled, err := filter.Compile(string(expression), schema)
	if err != nil {
		return nil, err
	}
	for _, name := range compiled.Uses() {
		if why := disagreements[name]; why != "" {
			return nil, &filter.Error{Message: why}
		}
	}
	return compiled, nil
}
