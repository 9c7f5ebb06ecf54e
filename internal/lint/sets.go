package lint

import (
	"fmt"
	"strings"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/declared"
	"crier.dev/crier/internal/manifest"
)

// subscriberSet shows rows that would be rejected.
func (l *linter) subscriberSet(key declared.Key, set declared.Of[*crier.SubscriberSet]) {
	o, source := set.Object, set.Value.Spec.Source
	if source.Union != nil {
		for i, ref := range source.Union.SubscriberSets {
			l.refer(o, fmt.Sprintf("spec.source.union.subscriberSets[%d].name", i), "SubscriberSet", ref.Name, key.Namespace, &l.world.Sets)
		}
	}
	if source.CSV != nil {
		for i, from := range source.CSV.From {
			if from.ConfigMap != nil {
				l.refer(o, fmt.Sprintf("spec.source.csv.from[%d].configMap.name", i), "ConfigMap", from.ConfigMap.Name, key.Namespace, &l.world.ConfigMaps)
			}
		}
	}
	r := l.world.Roster(key)
	for _, row := range r.Rejected {
		l.row(key, o, row.Source, row.Line, row.Reason)
	}
	for _, row := range r.Notes {
		l.row(key, o, row.Source, row.Line, row.Reason)
	}
}

// row is shown where it stands: in the set, or in the object that it is read
// from.
func (l *linter) row(key declared.Key, o *manifest.Object, source string, line int, reason string) {
	f := Finding{Severity: Warning, Rule: RuleRows, Object: o.Title(), Message: reason}
	parts := strings.SplitN(source, "/", 3)
	switch {
	case source == "inline":
		f.Position = o.At(fmt.Sprintf("spec.source.inline[%d].email", line-1))
	case len(parts) == 3 && parts[0] == "ConfigMap":
		if from, ok := l.world.ConfigMaps.Get(declared.Key{Namespace: key.Namespace, Name: parts[1]}); ok && from.Object != nil {
			f.Position = from.Object.TextLine("data["+parts[2]+"]", line)
		}
	}
	if f.Path == "" {
		f.Position = o.At("spec.source")
		f.Message = fmt.Sprintf("%s, line %d: %s", source, line, reason)
	}
	l.add(f)
}
