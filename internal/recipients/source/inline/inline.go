// Package inline is the source whose subscribers stand in the spec itself.
package inline

import (
	"context"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/recipients/source"
)

// name is what rejected rows call the source.
const name = "inline"

type inline []crier.Subscriber

// New makes a source of the subscribers of a spec.
func New(subscribers []crier.Subscriber) source.Source { return inline(subscribers) }

// Read implements source.Source.
func (s inline) Read(_ context.Context, _ source.Host, _ source.Mark, sink source.Sink) (source.Mark, error) {
	for i, e := range s {
		sink.Subscriber(name, i+1, roster.Subscriber{Email: e.Email, Name: e.Name, Attributes: e.Attributes})
	}
	return "", nil
}

// Attributes implements source.Source.
func (inline) Attributes() (names []string, all bool) { return nil, false }

// Uses implements source.Source.
func (inline) Uses() []source.Object { return nil }

// Remote implements source.Source.
func (inline) Remote() bool { return false }
