package declared

import "slices"

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
