// Package ldap reads subscribers out of a directory (RFC 4511), Active
// Directory among them: over TLS only, in pages (RFC 2696), without following
// referrals. One read binds once, so that a wrong password locks no account.
package ldap

import (
	"context"
	"errors"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/recipients/source"
	"crier.dev/crier/internal/words"
)

// name is what rows are reported under.
const name = "ldap"

// maxEntries bounds what a directory may give. It is more than a set may hold
// and only stops a server that never ends; the set counts for itself.
const maxEntries = 4_000_000

type directory struct{ spec crier.LDAPSource }

// New makes a source of a directory.
func New(spec crier.LDAPSource) source.Source { return &directory{spec} }

// Remote is true: a directory doesn't tell of its changes.
func (d *directory) Remote() bool { return true }

// Attributes are those of the mapping, without the two that are no attributes.
func (d *directory) Attributes() (names []string, all bool) {
	for name := range d.spec.Attributes {
		if !isField(name) {
			names = append(names, name)
		}
	}
	return names, true
}

// Uses names the Secret with the credentials, if there is one.
func (d *directory) Uses() []source.Object {
	if d.spec.SecretRef == nil {
		return nil
	}
	return []source.Object{{Kind: "Secret", Name: d.spec.SecretRef.Name}}
}

// Read gives every entry that the spec selects to sink, in the order of the
// directory. Each page is given on as it comes, nothing of it is kept.
func (d *directory) Read(ctx context.Context, from source.Host, _ source.Mark, sink source.Sink) (source.Mark, error) {
	set, err := parse(d.spec)
	if err != nil {
		return "", err
	}
	limited, cancel := context.WithTimeout(ctx, set.timeout)
	defer cancel()
	err = read(limited, set, from, sink)
	switch {
	case err == nil:
		return "", nil
	case ctx.Err() != nil:
		return "", ctx.Err() // not the directory's fault
	case limited.Err() != nil && mayBeTime(err):
		return "", source.Say(source.Unavailable,
			"%s didn't return everything within the timeout of %s; check the server, narrow the filter, index its attributes, or raise timeout.",
			set.host, set.timeout)
	}
	var problem *source.Problem
	if errors.As(err, &problem) {
		return "", problem // without what only this package asks of it
	}
	return "", err
}

// mayBeTime says whether err can come of the end of the time: what a server
// answered doesn't.
func mayBeTime(err error) bool {
	var problem *source.Problem
	return !errors.As(err, &problem) || problem.Kind == source.Unavailable
}

func read(ctx context.Context, set settings, from source.Host, sink source.Sink) error {
	c, err := connect(ctx, set, from)
	if err != nil {
		return err
	}
	defer c.close()
	wanted, err := c.membership(ctx, set)
	if err != nil {
		return err
	}
	fields := newFields(set.fields, sink.ListAttributes())
	question := request{
		base: set.base, scope: set.scope, filter: wanted.filter,
		attributes: append(fields.attributes(), wanted.attributes...), pageSize: set.pageSize,
	}
	place, seen := 0, 0
	err = c.each(ctx, question, func(e *entry) error {
		if seen++; seen > maxEntries {
			return source.Say(source.TooLarge, "The directory returns more than %s entries; narrow baseDN or filter.", words.Number(maxEntries))
		}
		if !wanted.has(e) {
			return nil
		}
		place++
		person, also := fields.subscriber(e)
		sink.Subscriber(name, place, person, also...)
		return nil
	})
	if err != nil {
		return err
	}
	if place == 0 {
		if err := c.checkLookup(ctx, set); err != nil {
			return err
		}
	}
	return fields.check()
}

// subscriber is an alias that keeps signatures short.
type subscriber = roster.Subscriber
