package lint

import (
	"fmt"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/client/declared"
	"crier.dev/crier/internal/client/manifest"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/recipients/source/kinds"
	"crier.dev/crier/internal/recipients/suppression"
)

// suppression looks for what would let mail through to those who must not get
// it: a scope that is about nothing, files that can't be read, and rows that
// name nobody.
func (l *linter) suppression(key declared.Key, s declared.Of[*crier.Suppression]) {
	o, spec := s.Object, s.Value.Spec
	l.scope(o, key, spec.Scope)
	if spec.CSV != nil {
		for i, from := range spec.CSV.From {
			if kind, keys := from.Object(); kind == "ConfigMap" && keys != nil {
				l.refer(o, fmt.Sprintf("spec.csv.from[%d].configMap.name", i), kind, keys.Name, key.Namespace, &l.world.ConfigMaps)
			}
		}
	}
	if spec.Expires != nil && !spec.Expires.After(l.now) {
		l.at(o, Warning, RuleTime, "spec.expires", "this has passed: entries without an end of their own suppress nobody")
	}
	for i, e := range spec.Entries {
		if e.Expires != nil && !e.Expires.After(l.now) {
			l.at(o, Warning, RuleTime, fmt.Sprintf("spec.entries[%d].expires", i), "this has passed: the entry suppresses nobody")
		}
	}
	known := l.world.Suppressed(key, l.now)
	for _, row := range known.Rejected {
		severity := Warning
		if row.Named == 0 {
			severity, row.Reason = Error, row.Reason+" The row suppresses nobody."
		}
		l.row(key, o, severity, row)
	}
	switch p := known.Problem; {
	case p == nil:
	case p.File.Source != "":
		p.File.Reason = p.Message
		l.row(key, o, Error, p.File)
	default:
		l.at(o, Error, RuleRows, "spec.csv", p.Message)
	}
}

// scope looks whether it is about something.
func (l *linter) scope(o *manifest.Object, key declared.Key, scope crier.SuppressionScope) {
	switch scope.Kind {
	case crier.ScopeList:
		l.refer(o, "spec.scope.name", "MailingList", scope.Name, key.Namespace, &l.world.Lists)
	case crier.ScopeRelay:
		l.refer(o, "spec.scope.name", "Relay", scope.Name, key.Namespace, &l.world.Relays)
	case crier.ScopeGlobal:
		if len(l.world.Lists.Names(key.Namespace)) > 0 {
			l.at(o, Warning, RuleReference, "spec.scope.kind",
				"Global only counts in the namespace of Crier itself, and suppresses nobody elsewhere; in a namespace with lists, write Namespace")
		}
	}
}

// excluded are the sets that lists and Broadcasts leave out, with the members
// of unions among them.
func (l *linter) excluded() map[declared.Key]bool {
	out := map[declared.Key]bool{}
	add := func(namespace string, exclude *crier.AudienceExclusion) {
		if exclude == nil {
			return
		}
		for _, key := range l.world.Choose(namespace, exclude.SubscriberSets, exclude.Selector) {
			l.withMembers(key, out)
		}
	}
	for _, key := range l.world.Lists.Keys() {
		list, _ := l.world.Lists.Get(key)
		add(key.Namespace, list.Value.Spec.Audience.Exclude)
	}
	for _, key := range l.world.Broadcasts.Keys() {
		if b, _ := l.world.Broadcasts.Get(key); b.Value.Spec.Audience != nil {
			add(key.Namespace, b.Value.Spec.Audience.Exclude)
		}
	}
	return out
}

func (l *linter) withMembers(key declared.Key, out map[declared.Key]bool) {
	if out[key] {
		return
	}
	out[key] = true
	if set, ok := l.world.Sets.Get(key); ok {
		for _, name := range kinds.Members(set.Value.Spec.Source) {
			l.withMembers(declared.Key{Namespace: key.Namespace, Name: name}, out)
		}
	}
}

// leftOut says what a rejected row of an excluded set means.
func leftOut(row roster.Rejected) (Severity, roster.Rejected) {
	if row.Named > 0 {
		row.Reason += " Whoever the row names is left out anyway."
		return Warning, row
	}
	row.Reason += " The set is excluded somewhere, and this row leaves out nobody."
	return Error, row
}

// entriesField is where a row of entries is written.
func entriesField(source string, line int) (field string, ok bool) {
	switch source {
	case "inline":
		return fmt.Sprintf("spec.source.inline[%d].email", line-1), true
	case "attributes": // a note about their names
		return "spec.source", true
	case suppression.EntriesSource:
		return fmt.Sprintf("spec.entries[%d].address", line-1), true
	}
	return "", false
}
