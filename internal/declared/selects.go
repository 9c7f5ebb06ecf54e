package declared

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Selects says whether a selector selects one of the sets that are declared in
// a namespace.
func (w *World) Selects(namespace string, by *metav1.LabelSelector) bool {
	keys, _ := w.choose(namespace, nil, by)
	return len(keys) > 0
}

// LabelValues are the values that the sets of a namespace have of a label.
func (w *World) LabelValues(namespace, label string) (values []string) {
	for _, key := range w.Sets.Keys() {
		set, _ := w.Sets.Get(key)
		if value, has := set.Value.Labels[label]; has && key.Namespace == namespace {
			values = append(values, value)
		}
	}
	slices.Sort(values)
	return slices.Compact(values)
}
