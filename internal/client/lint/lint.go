// Package lint looks for mistakes in manifests without a cluster: what an API
// server would refuse, what Crier would say in a condition, and what people
// would be sorry for.
package lint

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"crier.dev/crier/internal/client/declared"
	"crier.dev/crier/internal/client/manifest"
)

// Severity of a Finding.
type Severity string

// The severities.
const (
	// Error is what wouldn't work.
	Error Severity = "error"
	// Warning is what may be wrong.
	Warning Severity = "warning"
)

// Finding is one mistake and where it is.
type Finding struct {
	manifest.Position
	Severity Severity
	Rule     Rule
	// Object is the title of the object; "" if it is about a file.
	Object string
	// Message says what is wrong and what to write instead. It may quote what
	// is in the files.
	Message string
}

// Report is everything that was found.
type Report struct {
	Findings []Finding
	// Files were read, Objects checked; Skipped are those of other kinds.
	Files, Objects, Skipped int
	// Skips are files without objects.
	Skips manifest.Skips
	// Unreadable says that a file couldn't be read.
	Unreadable bool
}

// Count is how many findings have a severity.
func (r Report) Count(s Severity) (n int) {
	for _, f := range r.Findings {
		if f.Severity == s {
			n++
		}
	}
	return n
}

// maxFindings bounds a report; there are more where a file isn't what it was
// taken for.
const maxFindings = 5000

// Check looks at everything that was read. now is the time that deadlines are
// compared with.
func Check(ctx context.Context, read manifest.Result, now time.Time) (Report, error) {
	l := &linter{now: now, seen: map[Finding]bool{}, counted: map[*manifest.Object]bool{}}
	l.report.Files, l.report.Skipped, l.report.Skips = read.Files, read.Others, read.Skips
	for _, p := range read.Problems {
		rule := RuleSyntax
		if p.Unreadable {
			rule, l.report.Unreadable = RuleUnreadable, true
		}
		l.add(Finding{Position: p.Position, Severity: Error, Rule: rule, Message: p.Message})
	}
	for _, objects := range variants(read) {
		l.world, l.first = declared.World{Now: now}, map[string]manifest.Position{}
		for _, o := range objects {
			if err := l.object(ctx, o); err != nil {
				return Report{}, err
			}
		}
		l.meaning()
	}
	l.sort()
	return l.report, nil
}

// linter collects findings.
type linter struct {
	now    time.Time
	world  declared.World
	report Report
	seen   map[Finding]bool
	first  map[string]manifest.Position // of each object, by kind and name
	// counted are the objects that are in the report: several variants may have
	// them.
	counted map[*manifest.Object]bool
}

// meaning looks at what the objects say, once all are known.
func (l *linter) meaning() {
	excluded := l.excluded()
	for _, key := range l.world.Sets.Keys() {
		set, _ := l.world.Sets.Get(key)
		l.subscriberSet(key, set, excluded[key])
	}
	for _, key := range l.world.Lists.Keys() {
		list, _ := l.world.Lists.Get(key)
		l.mailingList(key, list)
	}
	for _, key := range l.world.Suppressions.Keys() {
		s, _ := l.world.Suppressions.Get(key)
		l.suppression(key, s)
	}
	for _, key := range l.world.Templates.Keys() {
		template, _ := l.world.Templates.Get(key)
		l.messageTemplate(template)
	}
	for _, key := range l.world.Broadcasts.Keys() {
		b, _ := l.world.Broadcasts.Get(key)
		l.broadcast(b)
	}
}

// add takes a finding once: a template that several Broadcasts use is looked
// at with each.
func (l *linter) add(f Finding) {
	if l.seen[f] || len(l.report.Findings) >= maxFindings {
		return
	}
	l.seen[f] = true
	l.report.Findings = append(l.report.Findings, f)
}

// at adds a finding about a field of an object.
func (l *linter) at(o *manifest.Object, severity Severity, rule Rule, field, message string) {
	l.add(Finding{Position: o.At(field), Severity: severity, Rule: rule, Object: o.Title(), Message: message})
}

func (l *linter) sort() {
	slices.SortStableFunc(l.report.Findings, func(a, b Finding) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			strings.Compare(string(a.Severity), string(b.Severity)), strings.Compare(string(a.Rule), string(b.Rule)), strings.Compare(a.Message, b.Message))
	})
}
