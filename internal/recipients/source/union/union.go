// Package union is the source that has the subscribers of other sets together.
package union

import (
	"context"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/source"
)

type union struct{ names []string }

// New makes a source of a spec.
func New(spec crier.UnionSource) source.Source {
	var u union
	for _, ref := range spec.SubscriberSets {
		u.names = append(u.names, ref.Name)
	}
	return u
}

// Read implements source.Source. Whoever stands in several sets is taken from
// the first of them.
func (u union) Read(ctx context.Context, host source.Host, _ source.Mark, sink source.Sink) (source.Mark, error) {
	for _, name := range u.names {
		rows, _, err := host.Roster(ctx, name)
		if err != nil {
			return "", err
		}
		if err := sink.Sorted(rows); err != nil {
			return "", err
		}
	}
	return "", nil
}

// Attributes implements source.Source.
func (union) Attributes() (names []string, all bool) { return nil, false }

// Uses implements source.Source.
func (u union) Uses() []source.Object {
	var out []source.Object
	for _, name := range u.names {
		out = append(out, source.Object{Kind: "SubscriberSet", Name: name})
	}
	return out
}

// Remote implements source.Source.
func (union) Remote() bool { return false }
