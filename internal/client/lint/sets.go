package lint

import (
	"fmt"
	"strings"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/client/declared"
	"crier.dev/crier/internal/client/manifest"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/recipients/source"
)

// subscriberSet shows rows that would be rejected. excluded says that a list or
// a Broadcast leaves its people out.
func (l *linter) subscriberSet(key declared.Key, set declared.Of[*crier.SubscriberSet], excluded bool) {
	o, from := set.Object, set.Value.Spec.Source
	if from.Union != nil {
		for i, ref := range from.Union.SubscriberSets {
			l.refer(o, fmt.Sprintf("spec.source.union.subscriberSets[%d].name", i), "SubscriberSet", ref.Name, key.Namespace, &l.world.Sets)
		}
	}
	if from.CSV != nil {
		for i, one := range from.CSV.From {
			if one.ConfigMap != nil {
				l.refer(o, fmt.Sprintf("spec.source.csv.from[%d].configMap.name", i), "ConfigMap", one.ConfigMap.Name, key.Namespace, &l.world.ConfigMaps)
			}
		}
	}
	r := l.world.Roster(key)
	for _, row := range r.Rejected {
		severity := Warning
		if excluded {
			severity, row = leftOut(row)
		}
		l.row(key, o, severity, row)
	}
	switch p := r.Problem; { // nothing is sent until it is mended
	case p == nil || p.Kind != source.Unreadable && p.Kind != source.TooLarge:
	case p.File.Source != "":
		l.row(key, o, Error, p.File)
	default:
		l.at(o, Error, RuleRows, "spec.source", p.Message)
	}
	for _, row := range r.Notes {
		l.row(key, o, Warning, row)
	}
}

// row is shown where it stands: in the set, or in the object that it is read
// from.
func (l *linter) row(key declared.Key, o *manifest.Object, severity Severity, row roster.Rejected) {
	from, line := row.Source, row.Line
	f := Finding{Severity: severity, Rule: RuleRows, Object: o.Title(), Message: row.Reason}
	parts := strings.SplitN(from, "/", 3)
	field, inSpec := entriesField(from, line)
	switch {
	case inSpec:
		f.Position = o.At(field)
	case len(parts) == 3 && parts[0] == "ConfigMap":
		if in, ok := l.world.ConfigMaps.Get(declared.Key{Namespace: key.Namespace, Name: parts[1]}); ok && in.Object != nil {
			f.Position = in.Object.TextLine("data["+parts[2]+"]", line)
		}
	}
	if f.Path == "" {
		f.Position = o.At("spec")
		if f.Message = fmt.Sprintf("%s: %s", from, row.Reason); line > 0 {
			f.Message = fmt.Sprintf("%s, line %d: %s", from, line, row.Reason)
		}
	}
	l.add(f)
}
