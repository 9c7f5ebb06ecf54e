package lint

import (
	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/client/declared"
	"crier.dev/crier/internal/client/manifest"
	"crier.dev/crier/internal/recipients/audience"
	"crier.dev/crier/internal/recipients/roster"
)

// alike looks for attributes of the sets of a list that differ in letter case
// only: a filter or a template means those of one set, and leaves the others'
// people out, or their words empty. What one set has by itself is said there.
func (l *linter) alike(o *manifest.Object, a declared.Audience) {
	text := roster.Alike(audience.Attributes(a.Sets))
	for i := range a.Sets {
		if text == roster.Alike(audience.Attributes([]crier.SubscriberSet{a.Sets[i]})) {
			return
		}
	}
	if text != "" {
		l.at(o, Warning, RuleRows, "spec.audience", text)
	}
}
