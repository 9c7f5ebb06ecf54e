// Package kinds makes a source of a spec. It is the only place that knows all
// kinds: another is a package beside this one, and a line here.
package kinds

import (
	"context"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/source"
	"crier.dev/crier/internal/recipients/source/csv"
	"crier.dev/crier/internal/recipients/source/https"
	"crier.dev/crier/internal/recipients/source/inline"
	"crier.dev/crier/internal/recipients/source/ldap"
	"crier.dev/crier/internal/recipients/source/sql"
	"crier.dev/crier/internal/recipients/source/union"
)

// New makes a source of a spec. One of a kind that isn't known here can't be
// read: see Known.
func New(spec crier.SubscriberSource) source.Source {
	switch {
	case spec.Inline != nil: // also of nobody
		return inline.New(spec.Inline)
	case spec.CSV != nil:
		return csv.New(*spec.CSV)
	case spec.LDAP != nil:
		return ldap.New(*spec.LDAP)
	case spec.SQL != nil:
		return sql.New(*spec.SQL)
	case spec.HTTPS != nil:
		return https.New(*spec.HTTPS)
	case spec.Union != nil:
		return union.New(*spec.Union)
	}
	return unknown{}
}

// Known says whether this release can read such a source. A later release may
// have written it: of the members that this one doesn't know, nothing is left
// here, and that must not be taken for a set without subscribers.
func Known(spec crier.SubscriberSource) bool {
	_, strange := New(spec).(unknown)
	return !strange
}

// Check says why a source can't be read by this release; nil if its kind is
// known.
func Check(spec crier.SubscriberSource) *source.Problem {
	if !Known(spec) {
		return source.Say(source.Invalid,
			"This release of Crier doesn't know the kind of this source. Upgrade Crier, or use inline, csv, ldap, sql, https or union.")
	}
	return nil
}

// Members are the names of the sets that a source is made of.
func Members(spec crier.SubscriberSource) (names []string) {
	for _, object := range New(spec).Uses() {
		if object.Kind == "SubscriberSet" {
			names = append(names, object.Name)
		}
	}
	return names
}

// unknown is a source of another release.
type unknown struct{}

// Read implements source.Source.
func (unknown) Read(context.Context, source.Host, source.Mark, source.Sink) (source.Mark, error) {
	return "", Check(crier.SubscriberSource{})
}

// Uses implements source.Source.
func (unknown) Uses() []source.Object { return nil }

// Remote implements source.Source.
func (unknown) Remote() bool { return false }

// Attributes implements source.Source.
func (unknown) Attributes() (names []string, all bool) { return nil, false }
